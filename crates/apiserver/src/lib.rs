//! The embedded cluster: an API server in memory with simulated controllers, as a tower service.
//!
//! **Invariants.** What it answers is what a real kube-apiserver 1.36 answers.
//!
//! **Not here.** What objects mean (`schema`); who calls it (`client`).
#![expect(dead_code, reason = "the server that serves these comes with it")]

mod discovery;
mod make;
mod openapi;
mod table;
