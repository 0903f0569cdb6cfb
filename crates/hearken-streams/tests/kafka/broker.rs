//! Brokers of a test: librdkafka's mock cluster, in this process, and a real one in a process of its own. And whoever produces
//! there and looks after it.

#![allow(dead_code, reason = "neither the library's tests nor the command's need all of it")]

use std::collections::BTreeMap;
use std::net::TcpListener;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use rdkafka::ClientConfig;
use rdkafka::TopicPartitionList;
use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::client::DefaultClientContext;
use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::message::{Headers as _, Message as _};
use rdkafka::mocking::MockCluster;
use rdkafka::producer::{BaseRecord, DefaultProducerContext, Producer as _, ThreadedProducer};
use rdkafka::topic_partition_list::Offset;

/// Longer than anything here takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

const REQUEST: Duration = Duration::from_secs(10);

/// A mock cluster of one broker. It keeps 5 MiB and 100,000 messages a partition, and drops the oldest ones without a word.
pub(crate) struct Mock(MockCluster<'static, DefaultProducerContext>);

impl Mock {
    pub(crate) fn start(topics: &[(&str, i32)]) -> Self {
        let cluster = MockCluster::new(1).unwrap();
        for (topic, partitions) in topics {
            cluster.create_topic(topic, *partitions, 1).unwrap();
        }
        Self(cluster)
    }

    /// `HOST:PORT`.
    pub(crate) fn address(&self) -> String {
        self.0.bootstrap_servers()
    }

    pub(crate) fn client(&self) -> Client {
        Client::of(&self.address())
    }

    /// Closes all connections, and takes no more.
    pub(crate) fn down(&self) {
        self.0.broker_down(-1).unwrap();
    }

    pub(crate) fn up(&self) {
        self.0.broker_up(-1).unwrap();
    }
}

/// The broker tansu, which keeps what it has in memory. It is killed when this is dropped.
pub(crate) struct Tansu {
    address: String,
    child: Child,
}

/// A port that nobody has.
pub(crate) fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// The program: where `HEARKEN_TANSU` says, or where `scripts/setup --tests` puts it.
fn program() -> PathBuf {
    let project = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap();
    let program = std::env::var_os("HEARKEN_TANSU").map_or_else(|| project.join(".runtime/tansu"), PathBuf::from);
    assert!(
        program.is_file(),
        "{} is no broker: run scripts/setup --tests, or set HEARKEN_TANSU to tansu 0.6",
        program.display()
    );
    program
}

impl Tansu {
    pub(crate) fn start(topics: &[(&str, i32)]) -> Self {
        Self::start_at(free_port(), topics)
    }

    pub(crate) fn start_at(port: u16, topics: &[(&str, i32)]) -> Self {
        let (address, url) = (format!("127.0.0.1:{port}"), format!("tcp://127.0.0.1:{port}"));
        let mut command = Command::new(program());
        command.args(["broker", "--storage-engine", "memory://tansu/", "--listener-url", &url]);
        command
            .args(["--advertised-listener-url", &url])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let broker = Self { address, child: command.spawn().unwrap() };
        broker.make(topics);
        broker
    }

    fn make(&self, topics: &[(&str, i32)]) {
        let started = Instant::now();
        while let Err(error) = std::net::TcpStream::connect(&self.address) {
            assert!(started.elapsed() < PATIENCE, "tansu doesn't start: {error}");
            sleep(Duration::from_millis(20));
        }
        let mut config = ClientConfig::new();
        let admin: AdminClient<DefaultClientContext> = config.set("bootstrap.servers", &self.address).create().unwrap();
        let new = |(name, partitions)| NewTopic::new(name, partitions, TopicReplication::Fixed(1));
        let topics: Vec<NewTopic<'_>> = topics.iter().copied().map(new).collect();
        let options = AdminOptions::new().request_timeout(Some(REQUEST));
        let make = || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            for made in runtime.block_on(admin.create_topics(&topics, &options)).unwrap() {
                made.unwrap();
            }
        };
        // A test may run in a runtime already.
        std::thread::scope(|scope| scope.spawn(make).join().unwrap());
    }

    /// `HOST:PORT`.
    pub(crate) fn address(&self) -> String {
        self.address.clone()
    }

    pub(crate) fn client(&self) -> Client {
        Client::of(&self.address)
    }
}

impl Drop for Tansu {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Whoever produces, and looks at topics.
#[derive(Clone)]
pub(crate) struct Client {
    address: String,
    producer: ThreadedProducer<DefaultProducerContext>,
}

/// A message, as it lies on its topic.
#[derive(Debug)]
pub(crate) struct Found {
    pub(crate) partition: i32,
    pub(crate) offset: i64,
    pub(crate) key: String,
    pub(crate) value: String,
    pub(crate) headers: BTreeMap<String, String>,
}

impl Client {
    pub(crate) fn of(address: &str) -> Self {
        let mut config = ClientConfig::new();
        let producer = config.set("bootstrap.servers", address).create().unwrap();
        Self { address: address.to_owned(), producer }
    }

    /// Publishes messages with their keys, and waits until they are there.
    pub(crate) fn publish<'a>(&self, topic: &str, messages: impl IntoIterator<Item = (&'a str, &'a str)>) {
        for (key, value) in messages {
            let mut record = BaseRecord::to(topic).key(key).payload(value);
            while let Err((_, back)) = self.producer.send(record) {
                sleep(Duration::from_millis(10));
                record = back;
            }
        }
        self.producer.flush(PATIENCE).unwrap();
    }

    /// Publishes posts with these ids.
    pub(crate) fn publish_posts(&self, ids: Range<u64>) {
        let posts: Vec<_> = ids.map(|id| (id.to_string(), format!("{{\"id\":{id},\"text\":\"hello\"}}"))).collect();
        self.publish("posts", posts.iter().map(|(key, value)| (key.as_str(), value.as_str())));
    }

    fn consumer(&self, group: &str) -> BaseConsumer {
        let mut config = ClientConfig::new();
        config.set("bootstrap.servers", &self.address).set("group.id", group).set("enable.auto.commit", "false");
        config.create().unwrap()
    }

    /// The offsets of the first message of each partition, and behind the last.
    pub(crate) fn bounds(&self, topic: &str) -> Vec<(i64, i64)> {
        let consumer = self.consumer("bounds");
        let metadata = consumer.fetch_metadata(Some(topic), REQUEST).unwrap();
        let partitions = metadata.topics()[0].partitions().len() as i32;
        (0..partitions).map(|partition| consumer.fetch_watermarks(topic, partition, REQUEST).unwrap()).collect()
    }

    /// How many messages a topic has.
    pub(crate) fn count(&self, topic: &str) -> u64 {
        self.bounds(topic).into_iter().map(|(low, high)| (high - low) as u64).sum()
    }

    /// Where a group goes on in each partition of `posts`; `None`: it has committed nothing.
    pub(crate) fn committed(&self, group: &str) -> Vec<Option<i64>> {
        let mut list = TopicPartitionList::new();
        list.add_partition_range("posts", 0, self.bounds("posts").len() as i32 - 1);
        let committed = self.consumer(group).committed_offsets(list, REQUEST).unwrap();
        committed.elements().iter().map(|element| element.offset().to_raw().filter(|offset| *offset >= 0)).collect()
    }

    /// Whether a group is done with all of `posts`.
    pub(crate) fn is_done(&self, group: &str) -> bool {
        let high = |(low, high): (i64, i64)| (high > low).then_some(high);
        self.bounds("posts")
            .into_iter()
            .zip(self.committed(group))
            .all(|(bounds, at)| high(bounds).is_none_or(|high| at == Some(high)))
    }

    /// All messages of a topic, by partitions. Fails if the oldest are gone.
    pub(crate) fn messages(&self, topic: &str) -> Vec<Found> {
        let bounds = self.bounds(topic);
        assert!(bounds.iter().all(|(low, _)| *low == 0), "the broker has dropped the first messages: {bounds:?}");
        let wanted = bounds.iter().map(|(_, high)| *high as usize).sum();
        let all = self.read(topic, bounds.len(), |count, _| count >= wanted);
        assert_eq!(all.len(), wanted, "messages of {topic}");
        all
    }

    /// The same, for a broker that doesn't know how many it has: until none comes for a while.
    pub(crate) fn messages_until_quiet(&self, topic: &str) -> Vec<Found> {
        let partitions = self.bounds(topic).len();
        self.read(topic, partitions, |_, quiet| quiet > Duration::from_secs(2))
    }

    fn read(&self, topic: &str, partitions: usize, is_enough: impl Fn(usize, Duration) -> bool) -> Vec<Found> {
        let mut list = TopicPartitionList::new();
        for partition in 0..partitions {
            list.add_partition_offset(topic, partition as i32, Offset::Beginning).unwrap();
        }
        let consumer = self.consumer("reader");
        consumer.assign(&list).unwrap();
        let (mut all, started, mut last) = (Vec::new(), Instant::now(), Instant::now());
        while !is_enough(all.len(), last.elapsed()) && started.elapsed() < PATIENCE {
            let Some(Ok(message)) = consumer.poll(Duration::from_millis(100)) else { continue };
            last = Instant::now();
            let text = |bytes: Option<&[u8]>| String::from_utf8_lossy(bytes.unwrap_or_default()).into_owned();
            let headers = message.headers().into_iter().flat_map(|headers| headers.iter());
            all.push(Found {
                partition: message.partition(),
                offset: message.offset(),
                key: text(message.key()),
                value: text(message.payload()),
                headers: headers.map(|header| (header.key.to_owned(), text(header.value))).collect(),
            });
        }
        all.sort_by_key(|found| (found.partition, found.offset));
        all
    }
}
