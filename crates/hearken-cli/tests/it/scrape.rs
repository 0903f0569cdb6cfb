//! What a scraper reads.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

/// An answer of a server.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: String,
}

/// Asks a server on this machine; `None`: nobody answers.
pub(crate) fn get(port: u16, path: &str) -> Option<Answer> {
    let mut connection = TcpStream::connect(("127.0.0.1", port)).ok()?;
    connection.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    write!(connection, "GET {path} HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n").ok()?;
    let mut answer = String::new();
    connection.read_to_string(&mut answer).ok()?;
    let (head, body) = answer.split_once("\r\n\r\n")?;
    let status = head.split(' ').nth(1)?.parse().ok()?;
    Some(Answer { status, body: body.to_owned() })
}

/// A page of figures.
#[derive(Debug)]
pub(crate) struct Page {
    pub(crate) text: String,
    rows: Vec<Row>,
}

#[derive(Debug)]
struct Row {
    name: String,
    labels: BTreeMap<String, String>,
    value: f64,
}

impl Page {
    /// The page of a run; `None` while there is none.
    pub(crate) fn of(port: u16) -> Option<Self> {
        let Answer { status, body: text } = get(port, "/metrics")?;
        assert_eq!(status, 200, "{text}");
        let rows: Vec<Row> = text.lines().filter(|line| !line.starts_with('#')).map(row).collect();
        let mut seen = BTreeSet::new();
        for Row { name, labels, .. } in &rows {
            assert!(seen.insert((name, labels)), "{name}{labels:?} stands there twice");
        }
        Some(Self { text, rows })
    }

    /// The value of the row with these labels and no others.
    pub(crate) fn get(&self, name: &str, labels: &[(&str, &str)]) -> Option<f64> {
        let wanted: BTreeMap<String, String> =
            labels.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        self.rows.iter().find(|row| row.name == name && row.labels == wanted).map(|row| row.value)
    }

    /// All rows of a name together.
    pub(crate) fn sum(&self, name: &str) -> f64 {
        self.rows.iter().filter(|row| row.name == name).map(|row| row.value).sum()
    }

    /// The values that a label has.
    pub(crate) fn values<'a>(&'a self, name: &'a str, label: &'a str) -> impl Iterator<Item = &'a str> {
        let rows = self.rows.iter().filter(move |row| row.name == name);
        rows.filter_map(move |row| row.labels.get(label).map(String::as_str))
    }

    /// The labels that rows of a name have.
    pub(crate) fn labels(&self, name: &str) -> BTreeSet<&str> {
        self.rows.iter().filter(|row| row.name == name).flat_map(|row| row.labels.keys().map(String::as_str)).collect()
    }

    /// The names of all rows.
    pub(crate) fn families(&self) -> BTreeSet<&str> {
        self.rows.iter().map(|row| row.name.as_str()).collect()
    }
}

/// `name{label="value",…} 1.0`.
fn row(line: &str) -> Row {
    let (head, value) = line.rsplit_once(' ').unwrap_or_else(|| panic!("no figure: {line}"));
    let (name, labels) = head.split_once('{').unwrap_or((head, "}"));
    let mut rest = labels.strip_suffix('}').unwrap_or_else(|| panic!("no figure: {line}"));
    let mut read = BTreeMap::new();
    while !rest.is_empty() {
        let (key, after) = rest.split_once("=\"").unwrap_or_else(|| panic!("no labels: {line}"));
        let (mut value, mut letters) = (String::new(), after.char_indices());
        let end = loop {
            match letters.next().unwrap_or_else(|| panic!("no labels: {line}")) {
                (end, '"') => break end,
                (_, '\\') => value.push(letters.next().map_or('\\', |(_, letter)| letter)),
                (_, letter) => value.push(letter),
            }
        };
        read.insert(key.to_owned(), value);
        rest = after[end + 1..].trim_start_matches(',');
    }
    Row { name: name.to_owned(), labels: read, value: value.parse().unwrap_or_else(|_| panic!("no number: {line}")) }
}
