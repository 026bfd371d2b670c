//! The paths of the metadata (RFC 9728 §3.1).

/// The path of the metadata, behind which that of the resource follows.
pub(crate) const WELL_KNOWN: &str = "/.well-known/oauth-protected-resource";

/// Returns where the metadata of the resource at `path` are.
pub(crate) fn document_path(path: &str) -> String {
    format!("{WELL_KNOWN}{}", path.trim_end_matches('/'))
}

/// Returns the path of the endpoint that a request came to, if its metadata are served.
///
/// `matched` is the route, which may have parameters, and `path` what was asked
/// for. What stands beside the endpoint, as HTTP+SSE does, belongs to it.
pub(super) fn served_path(served: &[String], matched: &str, path: &str) -> Option<String> {
    let (matched, path) = (matched.trim_end_matches('/'), path.trim_end_matches('/'));
    if served.iter().any(|endpoint| endpoint == matched) {
        return Some(path.to_owned());
    }
    let (mount, _) = matched.rsplit_once('/')?;
    let beside = served.iter().find_map(|endpoint| {
        let (above, last) = endpoint.rsplit_once('/')?;
        (above == mount).then_some(last)
    })?;
    let (above, _) = path.rsplit_once('/')?;
    Some(format!("{above}/{beside}"))
}
