//! A server on loopback that is told of things, and answers as a test wants.

use std::collections::{HashMap, HashSet};
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use serde_json::Value;

/// Whoever gets no answer waits at most so long: longer than any test.
const FOR_EVER: Duration = Duration::from_secs(600);

/// What came.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    headers: HashMap<String, String>,
    pub(crate) text: String,
}

impl Request {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value)
    }

    pub(crate) fn id(&self) -> &str {
        self.header("webhook-id")
    }

    pub(crate) fn body(&self) -> Value {
        serde_json::from_str(&self.text).unwrap()
    }
}

/// What is answered.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Reply {
    Status(u16),
    /// With `Retry-After`, seconds.
    After(u16, u32),
    Never,
}

/// The server. It goes on until the test program ends.
pub(crate) struct Receiver {
    pub(crate) url: String,
    world: Arc<World>,
}

#[derive(Default)]
struct World {
    requests: Mutex<Vec<Request>>,
    under_way: Mutex<HashSet<String>>,
    overlaps: Mutex<Vec<String>>,
}

impl Receiver {
    /// Answers the first requests as the plan says, in order, and all later ones with 200.
    pub(crate) fn start(plan: &[Reply]) -> Self {
        Self::slow(plan, Duration::ZERO)
    }

    /// Takes its time for each answer.
    pub(crate) fn slow(plan: &[Reply], time: Duration) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/hooks/token", listener.local_addr().unwrap());
        let world = Arc::new(World::default());
        let (serving, plan) = (Arc::clone(&world), plan.to_vec());
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let (world, plan) = (Arc::clone(&serving), plan.clone());
                thread::spawn(move || world.serve(&stream, &plan, time));
            }
        });
        Self { url, world }
    }

    /// All that came so far, in order.
    pub(crate) fn requests(&self) -> Vec<Request> {
        self.world.requests.lock().unwrap().clone()
    }

    /// Messages that came while they were being answered already.
    pub(crate) fn overlaps(&self) -> Vec<String> {
        self.world.overlaps.lock().unwrap().clone()
    }
}

impl World {
    fn serve(&self, mut stream: &TcpStream, plan: &[Reply], time: Duration) {
        let mut reader = BufReader::new(stream.try_clone().unwrap());
        while let Some(request) = read(&mut reader) {
            let id = request.id().to_owned();
            if !self.under_way.lock().unwrap().insert(id.clone()) {
                self.overlaps.lock().unwrap().push(id.clone());
            }
            let place = {
                let mut requests = self.requests.lock().unwrap();
                requests.push(request);
                requests.len() - 1
            };
            thread::sleep(time);
            let (status, more) = match plan.get(place).copied().unwrap_or(Reply::Status(200)) {
                Reply::Status(status) => (status, String::new()),
                Reply::After(status, seconds) => (status, format!("Retry-After: {seconds}\r\n")),
                Reply::Never => return thread::sleep(FOR_EVER),
            };
            self.under_way.lock().unwrap().remove(&id);
            let answer = format!("HTTP/1.1 {status} As planned\r\nContent-Length: 0\r\n{more}\r\n");
            if stream.write_all(answer.as_bytes()).is_err() {
                return;
            }
        }
    }
}

fn read(reader: &mut impl BufRead) -> Option<Request> {
    let mut line = String::new();
    reader.read_line(&mut line).ok().filter(|read| *read > 0)?;
    let mut headers = HashMap::new();
    loop {
        line.clear();
        reader.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim_end().split_once(':') else { break };
        headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
    }
    let mut body = vec![0; headers.get("content-length")?.parse().ok()?];
    reader.read_exact(&mut body).ok()?;
    Some(Request { headers, text: String::from_utf8(body).unwrap() })
}
