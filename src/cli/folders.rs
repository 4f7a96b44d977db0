//! The user's folders, as the environment says.

use std::path::PathBuf;

/// `RFO_CACHE_DIR`, or `rfo` in the XDG cache folder; `None` where there is no such folder.
pub(super) fn cache() -> Option<PathBuf> {
    let named = |name: &str| {
        let value = std::env::var_os(name).filter(|value| !value.is_empty());
        value.map(PathBuf::from)
    };
    named("RFO_CACHE_DIR").or_else(|| {
        // A relative XDG path is to be ignored, says its specification.
        let cache = named("XDG_CACHE_HOME").filter(|path| path.is_absolute());
        let cache = cache.or_else(|| named("HOME").map(|home| home.join(".cache")));
        cache.map(|cache| cache.join("rfo"))
    })
}
