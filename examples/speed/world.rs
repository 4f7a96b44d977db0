//! Who asks for what: clients, endpoints, agents, pages and statements, drawn once from the seed.

use super::random::Random;

const CLIENTS: usize = 6000;
const AGENTS: usize = 250;
const PAGES: usize = 120;
const NOUNS: [&str; 20] = [
    "orders",
    "items",
    "carts",
    "users",
    "invoices",
    "shipments",
    "reviews",
    "offers",
    "images",
    "prices",
    "stock",
    "returns",
    "sessions",
    "coupons",
    "stores",
    "brands",
    "search",
    "payments",
    "messages",
    "labels",
];
const VERBS: [&str; 6] = ["", "/status", "/history", "/export", "/lines", "/notes"];

/// How a request is asked: its method and its path, `#` for a number.
pub struct Endpoint {
    pub method: &'static str,
    pub path: String,
}

/// All there is.
pub struct World {
    pub clients: Vec<String>,
    pub agents: Vec<String>,
    pub pages: Vec<String>,
    pub endpoints: Vec<Endpoint>,
}

impl World {
    /// A world of the seed.
    pub fn new(random: &mut Random) -> Self {
        Self {
            clients: (0..CLIENTS).map(|_| address(random)).collect(),
            agents: (0..AGENTS).map(|_| agent(random)).collect(),
            pages: (0..PAGES).map(|_| page(random)).collect(),
            endpoints: endpoints(),
        }
    }
}

fn address(random: &mut Random) -> String {
    let part = |random: &mut Random| random.below(254) + 1;
    let (a, b, c) = (part(random), part(random), part(random));
    format!("{}.{a}.{b}.{c}", 11 + random.below(180))
}

fn agent(random: &mut Random) -> String {
    let version = 90 + random.below(40);
    let build = random.below(9000);
    match random.below(5) {
        0 => format!(
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{version}.0.{build}.61 Safari/537.36"
        ),
        1 => format!(
            "Mozilla/5.0 (iPhone; CPU iPhone OS 15_{} like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/15.{} Mobile/15E148 Safari/604.{build}",
            build % 8,
            build % 7
        ),
        2 => format!(
            "Mozilla/5.0 (X11; Linux x86_64; rv:{version}.0) Gecko/20100101 Firefox/{version}.{}",
            build % 10
        ),
        3 => format!(
            "shop-app/4.{}.{} (Android 1{}; build {build})",
            build % 40,
            build % 9,
            build % 4
        ),
        _ => format!("python-requests/2.{}.{}", version % 32, build % 4),
    }
}

fn page(random: &mut Random) -> String {
    match random.below(3) {
        0 => "-".to_owned(),
        _ => format!(
            "https://shop.example/{}/{}",
            NOUNS[random.below(20) as usize],
            random.below(400)
        ),
    }
}

/// Reads and writes of every noun, each with its verbs: 280 endpoints.
fn endpoints() -> Vec<Endpoint> {
    let mut all = Vec::new();
    for (i, verb) in VERBS.iter().enumerate() {
        for noun in NOUNS {
            let read = |path: String| Endpoint {
                method: "GET",
                path,
            };
            all.push(read(format!("/api/v1/{noun}/#{verb}")));
            match i {
                0 => all.push(read(format!("/api/v1/{noun}?page=#&sort=newest"))),
                1 => all.push(read(format!("/static/{noun}/main.css"))),
                _ => all.push(Endpoint {
                    method: "POST",
                    path: format!("/api/v1/{noun}{verb}"),
                }),
            }
        }
    }
    all
}
