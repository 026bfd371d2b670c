//! Random histories of sessions and streams, held against a small model of them.
//!
//! A history that fails is shrunk and printed, a step a line. Many more of them:
//! `PROPTEST_CASES=5000 cargo test --test it machine`.

mod calls;
mod choices;
mod clients;
mod hints;
mod model;
mod rules;
mod serve;
mod steps;
mod system;
mod wire;

use proptest::test_runner::{Config, FileFailurePersistence};
use proptest_state_machine::{StateMachineTest, prop_state_machine};

use self::{model::Model, steps::Step, system::System};

/// The service in front of its clients.
struct Service;

impl StateMachineTest for Service {
    type SystemUnderTest = System;
    type Reference = Model;

    fn init_test(_model: &Model) -> System {
        System::new()
    }

    fn apply(mut system: System, model: &Model, step: Step) -> System {
        system.take(&step, model);
        system
    }

    fn check_invariants(system: &System, model: &Model) {
        system.check(model);
    }

    fn teardown(system: System, model: Model) {
        system.end(model);
    }
}

/// As many histories as the environment says, or a few.
fn config() -> Config {
    let cases = std::env::var_os("PROPTEST_CASES").is_none().then_some(250);
    let config = Config {
        // A history is printed when it fails; nothing is written into the repository.
        failure_persistence: Some(Box::new(FileFailurePersistence::Off)),
        ..Config::default()
    };
    Config {
        cases: cases.unwrap_or(config.cases),
        ..config
    }
}

prop_state_machine! {
    #![proptest_config(config())]

    #[test]
    fn sessions_and_streams_do_what_a_small_model_says(sequential 1..80 => Service);
}
