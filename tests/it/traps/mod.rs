//! The traps of the protocol: one test or more for each, named after its row.

mod asking;
mod contents;
mod era;
mod errors;
mod headers;
mod http_sse;
mod layers;
mod leaving;
mod origin;
mod reserved;
mod results;
mod sealing;
mod sessions;
mod streams;
