//! The console: which requests are for one of its pages. Its files are the hosts' to serve.

use http::Method;

/// The path of the console's page.
pub const INDEX: &str = "/console/";

/// The folder of the files that are named by what they hold.
const ASSETS: &str = "/console/assets/";

/// Whether a request is for a page of the console. All of them are one file, [`INDEX`].
pub fn is_page(method: &Method, path: &str) -> bool {
    matches!(*method, Method::GET | Method::HEAD) && path.starts_with(INDEX) && !path.starts_with(ASSETS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_below_the_console_is_a_page_unless_a_file_is_missing() {
        assert!(is_page(&Method::GET, "/console/"));
        assert!(is_page(&Method::HEAD, "/console/organizations/1/people"));
        assert!(!is_page(&Method::POST, "/console/"));
        assert!(!is_page(&Method::GET, "/console/assets/gone.js"));
        assert!(!is_page(&Method::GET, "/consoles"));
        assert!(!is_page(&Method::GET, "/console"));
    }
}
