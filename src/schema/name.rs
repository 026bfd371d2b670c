//! Names of tools and prompts.

/// The longest name.
const MAX: usize = 128;

/// Refuses a name that clients would not take (2025-11-25 server/tools, Tool Names).
pub(crate) fn check_name(name: &str) -> Result<(), String> {
    let valid = |byte: u8| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte);
    if name.is_empty() || name.len() > MAX || !name.bytes().all(valid) {
        return Err(format!("a name is 1 to {MAX} of `A-Z a-z 0-9 _ . -`"));
    }
    Ok(())
}
