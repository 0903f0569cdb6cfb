#![allow(clippy::unwrap_used, reason = "tests")]

use super::*;

#[test]
fn a_server_is_left_alone_as_long_as_it_says() {
    let now = "2026-11-20T08:00:00Z".parse().unwrap();
    assert_eq!(rest(" 120 ", now), Some(Duration::from_secs(120)));
    assert_eq!(rest("Fri, 20 Nov 2026 08:00:30 GMT", now), Some(Duration::from_secs(30)));
    assert_eq!(rest("Fri, 20 Nov 2026 07:00:00 GMT", now), Some(Duration::ZERO));
    assert_eq!(rest("soon", now), None);
}

#[test]
fn only_2xx_is_accepted() {
    let of = |status: u16| Answer::of(StatusCode::from_u16(status).unwrap(), &HeaderMap::new());
    assert!(of(200) == Answer::Accepted && of(204) == Answer::Accepted);
    assert_eq!(of(410), Answer::Gone);
    for status in [301, 400, 404, 429, 500, 503] {
        assert_eq!(of(status), Answer::Refused { status, after: None });
    }
}

#[test]
fn an_address_that_is_none_is_refused_without_showing_it() {
    for url in ["", "example", "ftp://example/secret", "file:///secret"] {
        let error = Webhook::new(url, Secret::new("a secret of enough bytes").unwrap(), Duration::from_secs(1));
        assert!(!format!("{:#}", error.unwrap_err()).contains("secret"), "{url}");
    }
}
