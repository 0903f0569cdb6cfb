//! Nodes that take turns at one stream and keep one desk in PostgreSQL: what is promised of them together.

mod faults;
mod fire;
mod input;
mod nodes;
mod oracle;
mod sharing;
