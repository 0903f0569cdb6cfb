//! How long posts are: the quantiles of 60,000 posts of a mixed stream, 76 characters on average.

/// Which share of the posts has at most so many characters.
const QUANTILES: [(f64, f64); 16] = [
    (0.0, 2.0),
    (0.01, 11.0),
    (0.05, 17.0),
    (0.1, 24.0),
    (0.2, 37.0),
    (0.3, 49.0),
    (0.4, 61.0),
    (0.5, 73.0),
    (0.6, 86.0),
    (0.7, 100.0),
    (0.8, 116.0),
    (0.9, 133.0),
    (0.95, 139.0),
    (0.99, 151.0),
    (0.999, 170.0),
    (1.0, 703.0),
];

/// The length that a share of the posts (0 to 1) stays within, characters; between the entries of the table on a straight line.
pub fn quantile(share: f64) -> f64 {
    let above = QUANTILES.partition_point(|&(entry, _)| entry < share).clamp(1, QUANTILES.len() - 1);
    let ((low, shorter), (high, longer)) = (QUANTILES[above - 1], QUANTILES[above]);
    shorter + (longer - shorter) * ((share - low) / (high - low)).clamp(0.0, 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_met_and_what_lies_between_is_between() {
        assert_eq!([0.0, 0.5, 0.999, 1.0].map(quantile), [2.0, 73.0, 170.0, 703.0]);
        assert_eq!(quantile(0.45), 67.0);
        assert_eq!([-1.0, 2.0].map(quantile), [2.0, 703.0]);
    }
}
