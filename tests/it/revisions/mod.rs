//! One rich server, spoken to in five tongues.
//!
//! The handlers always say the newest form. What a client of an older revision
//! reads of it is kept in `fixtures/`, one file per exchange, and asserted row by
//! row in the tables here.

mod codes;
mod exchanges;
mod fields;
mod fixture;
mod model;
mod newest;
mod rich;
mod spoken;
mod telling;
mod tongue;
mod ways;
