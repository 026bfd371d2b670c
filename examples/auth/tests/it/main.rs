//! The examples, driven over a socket as their clients do.

mod client;
mod jwt;
mod session;
