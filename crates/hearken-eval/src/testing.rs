//! What the tests of this crate share.

/// Holds figures against what they should be, to nine digits; no figure against none.
pub(crate) fn assert_near(found: &[Option<f64>], expected: &[Option<f64>]) {
    let near = |(found, expected): (&Option<f64>, &Option<f64>)| match (found, expected) {
        (Some(found), Some(expected)) => (found - expected).abs() < 1e-9,
        (found, expected) => found == expected,
    };
    assert_eq!(found.len(), expected.len());
    assert!(found.iter().zip(expected).all(near), "{found:?} instead of {expected:?}");
}
