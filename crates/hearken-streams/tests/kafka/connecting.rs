//! What is said when there is nobody to read from, or nothing.

use hearken_streams::Away;
use hearken_streams::kafka::{Kafka, Options, Sink};
use tokio::time::timeout;

use crate::broker::Mock;
use crate::topic::{PATIENCE, url};

async fn refused(url: &str) -> String {
    let options = Options::from_url(url).unwrap();
    format!("{:#}", timeout(PATIENCE, Kafka::connect(options)).await.unwrap().unwrap_err())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_there_is_said() {
    let mock = Mock::start(&[("posts", 1)]);
    let error = refused("kafka://127.0.0.1:1?topic=posts&group=g").await;
    assert!(error.starts_with("connecting to kafka://127.0.0.1:1: ") && error.contains("refused"), "{error}");
    let error = refused(&format!("kafka://{}?topic=posts&group=g&no.such.setting=1", mock.address())).await;
    assert!(error.contains("no.such.setting: No such configuration property"), "{error}");
    let error = refused(&url(&mock.address(), "&dead-letter=posts&max.poll.interval.ms=-7")).await;
    assert!(error.contains("max.poll.interval.ms: "), "{error}");
    let sink = Sink::connect("kafka://127.0.0.1:1?topic=x");
    let error = timeout(PATIENCE, sink).await.unwrap().unwrap_err();
    assert!(error.is::<Away>());
    let error = format!("{error:#}");
    assert!(error.starts_with("connecting to kafka://127.0.0.1:1: "), "{error}");
}
