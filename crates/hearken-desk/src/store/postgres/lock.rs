//! Locks of what is no row yet: a post, a person, a colleague of whom nothing is known so far. They are numbers that PostgreSQL lends
//! to one transaction at a time.

use std::collections::{BTreeSet, HashSet};

use sha2::{Digest, Sha256};

use super::tx::Tx;
use super::value::values;
use crate::error::Result;
use crate::intake::PostKey;
use crate::ticket::Person;

/// One transaction locks so many posts and people by name at the most, lest the server run out of locks; of more it locks all.
const NAMED_AT_MOST: usize = 1024;

/// Which news a transaction that writes has to itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Held {
    /// None yet.
    Nothing,
    /// Of posts and people that were named.
    Named,
    /// Of all.
    All,
}

/// What is known not to be there, since its locks are held: looking for it again costs nothing.
#[derive(Debug, Default)]
pub(super) struct Absent {
    pub(super) posts: HashSet<PostKey>,
    pub(super) replies: HashSet<PostKey>,
    pub(super) sampled: HashSet<PostKey>,
    pub(super) people: HashSet<Person>,
}

/// The number of a lock. Two may share one: then one waits without need.
pub(super) fn number(schema: &str, name: &[&str]) -> i64 {
    let mut digest = Sha256::new();
    for part in std::iter::once(&schema).chain(name) {
        digest.update((part.len() as u64).to_le_bytes());
        digest.update(part.as_bytes());
    }
    let mut first = [0; 8];
    first.copy_from_slice(&digest.finalize()[..8]);
    i64::from_le_bytes(first)
}

/// What the lock of someone who appends to a tenant's trail begins with. The last 40 bits are the number of the last entry before.
pub(super) fn appending(schema: &str, tenant: i64) -> i64 {
    number(schema, &[&tenant.to_string(), "appending"]) & !((1 << 40) - 1)
}

impl Tx<'_> {
    fn number(&self, name: &[&str]) -> i64 {
        let tenant = self.tenant.to_string();
        let name: Vec<&str> = std::iter::once(tenant.as_str()).chain(name.iter().copied()).collect();
        number(self.schema, &name)
    }

    /// Has something to itself until the end, if it can write. What is read afterwards is as it will be then.
    pub(super) fn lock(&self, name: &[&str]) -> Result<()> {
        if self.writes {
            self.run("SELECT pg_advisory_xact_lock($1)", &values![self.number(name)])?;
        }
        Ok(())
    }

    pub(super) fn lock_person(&self, person: &Person) -> Result<()> {
        self.lock(&["contact", &person.platform, &person.author])
    }

    /// Before posts, replies, the sample, or whose ticket is whose are read: if nothing was named, nobody else takes in any news.
    pub(super) fn lock_news(&self) -> Result<()> {
        if self.held.get() == Held::Nothing {
            self.lock(&["news"])?;
            self.held.set(Held::All);
        }
        Ok(())
    }

    /// Locks the news of some posts and people, all in the same order, so that two never wait for each other.
    pub(super) fn lock_named(&self, posts: &[PostKey], people: &[Person]) -> Result<()> {
        let posts_named = posts.iter().map(|key| self.number(&["post", &key.platform, &key.id]));
        let people_named = people.iter().map(|person| self.number(&["person", &person.platform, &person.author]));
        let numbers: BTreeSet<i64> = posts_named.chain(people_named).collect();
        if self.held.get() != Held::Nothing || numbers.is_empty() || numbers.len() > NAMED_AT_MOST {
            return Ok(());
        }
        self.query("SELECT pg_advisory_xact_lock_shared($1)", &values![self.number(&["news"])])?;
        let numbers: Vec<i64> = numbers.into_iter().collect();
        self.query("SELECT pg_advisory_xact_lock(number) FROM unnest($1::BIGINT[]) AS number", &values![numbers])?;
        self.held.set(Held::Named);
        self.note_absent(posts, people)
    }

    fn note_absent(&self, posts: &[PostKey], people: &[Person]) -> Result<()> {
        let keys =
            || -> (Vec<String>, Vec<String>) { posts.iter().map(|key| (key.platform.clone(), key.id.clone())).unzip() };
        let there = |table: &str| -> Result<HashSet<PostKey>> {
            let sql = format!(
                "SELECT there.* FROM unnest($2::TEXT[], $3::TEXT[]) AS key (a, b) CROSS JOIN LATERAL
                    (SELECT platform, id FROM {table} WHERE tenant = $1 AND platform = a COLLATE \"C\" AND id = b COLLATE \"C\"
                        LIMIT 1) AS there"
            );
            let (platforms, ids) = keys();
            let rows = self.all(&sql, &values![self.tenant, platforms, ids], |row| {
                Ok(PostKey::new(row.try_get::<_, String>(0)?, row.try_get::<_, String>(1)?))
            })?;
            Ok(rows.into_iter().collect())
        };
        // What can't be kept as it is can't be told from what is there.
        let is_kept = |text: &str| !text.contains('\0');
        let kept = |key: &&PostKey| is_kept(&key.platform) && is_kept(&key.id);
        let not_in =
            |there: &HashSet<PostKey>| posts.iter().filter(|key| !there.contains(key)).filter(kept).cloned().collect();
        let mut absent = self.absent.borrow_mut();
        absent.posts = not_in(&there("post")?);
        absent.replies = not_in(&there("reply")?);
        absent.sampled = not_in(&there("sample")?);
        let sql = "SELECT there.* FROM unnest($2::TEXT[], $3::TEXT[]) AS person (a, b) CROSS JOIN LATERAL
            (SELECT platform, author FROM ticket WHERE tenant = $1 AND platform = a COLLATE \"C\" AND author = b COLLATE \"C\"
                LIMIT 1) AS there";
        let (platforms, authors): (Vec<String>, Vec<String>) =
            people.iter().map(|person| (person.platform.clone(), person.author.clone())).unzip();
        let known = self.all(sql, &values![self.tenant, platforms, authors], |row| {
            Ok(Person { platform: row.try_get(0)?, author: row.try_get(1)? })
        })?;
        let known: HashSet<Person> = known.into_iter().collect();
        let kept = |person: &&Person| is_kept(&person.platform) && is_kept(&person.author);
        absent.people = people.iter().filter(|person| !known.contains(person)).filter(kept).cloned().collect();
        // Each new person is a ticket, and each new post of nobody.
        let anonymous = absent.posts.len().saturating_sub(people.len());
        self.pending.borrow_mut().expect(absent.people.len() + anonymous);
        Ok(())
    }
}
