//! The rules of the house that no compiler knows: who may use whom, where dates stand, how long files grow, what is tested.

#[path = "architecture/floors.rs"]
mod floors;
#[path = "architecture/shape.rs"]
mod shape;
#[path = "architecture/source.rs"]
mod source;
#[path = "architecture/traps.rs"]
mod traps;

/// Fails with all the faults that were found, one a line.
#[track_caller]
fn assert_none(rule: &str, faults: &[String]) {
    assert!(faults.is_empty(), "{rule}\n{}\n", faults.join("\n"));
}
