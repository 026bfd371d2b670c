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
/// for. `beside` is what stands beside the endpoint in one router, as HTTP+SSE
/// does, and belongs to it.
pub(super) fn served_path(
    served: &[String],
    beside: &[String],
    matched: &str,
    path: &str,
) -> Option<String> {
    let (matched, path) = (matched.trim_end_matches('/'), path.trim_end_matches('/'));
    let is_served = |endpoint: &str| served.iter().any(|it| it == endpoint);
    if is_served(matched) {
        return Some(path.to_owned());
    }
    let mut mounts = beside
        .iter()
        .filter_map(|own| matched.strip_suffix(own.as_str()));
    let mount = mounts.find(|mount| is_served(&format!("{mount}/mcp")))?;
    // A mount has as many segments in the path as in the route.
    let depth = mount.matches('/').count();
    let end = path.match_indices('/').nth(depth);
    let above = end.map_or(path, |(end, _)| path.get(..end).unwrap_or(path));
    Some(format!("{above}/mcp"))
}
