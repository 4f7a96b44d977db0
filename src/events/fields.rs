//! The fields that an event may have: numbers and texts, each with its column's name.

/// Numeric fields of an event. What a line does not have is `chunk::ABSENT`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Number {
    /// HTTP status; 0 when there was no response.
    Status,
    /// Duration of the work, microseconds.
    LatencyUs,
    /// Bytes sent.
    Bytes,
    /// Concurrent sessions of the process.
    Sessions,
    /// Concurrent sessions of the frontend that took the request.
    FrontendSessions,
    /// Concurrent sessions of the backend that it went to.
    BackendSessions,
    /// Concurrent sessions of the server that did the work.
    ServerSessions,
    /// How often the connection to a server was tried again.
    Retries,
    /// Requests waiting for a free slot.
    Queue,
    /// Severity of the message: 0 debug, 1 info, 2 notice, 3 warning, 4 error, 5 fatal.
    Level,
    /// A metric's value in millionths.
    ValueMicro,
    /// The metric's limit in millionths.
    LimitMicro,
    /// How many events this one stands for; absent means one.
    Repeat,
    /// What happened to a job: the number of a `formats::jobs::Step`.
    JobStep,
    /// Age of the jobs in a queue as its statistics say (the oldest, or a high quantile),
    /// microseconds.
    JobAgeUs,
    /// Transactions a second as statistics say.
    Transactions,
}

/// Text fields of an event, interned. What a line does not have is `Symbol::NONE`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Text {
    /// Who asked: an address or key.
    Client,
    /// The normalised path: ids and hashes are placeholders.
    Endpoint,
    /// HTTP method.
    Method,
    /// The fingerprint of a statement.
    Query,
    /// Backend, upstream cluster, service or logger.
    Service,
    /// The server or host that did the work.
    Host,
    /// The user name.
    User,
    /// Termination state or response flags.
    Flags,
    /// The client's software.
    Agent,
    /// The template of the message: its variable parts are `<*>`.
    Message,
    /// The metric's name.
    Metric,
    /// The job's or event's type.
    Kind,
    /// The first identifying part of a message: an address, a name, `key=value`.
    Part1,
    /// The second.
    Part2,
    /// The third.
    Part3,
}

impl Number {
    /// How many there are.
    pub const COUNT: usize = 16;
    /// All, in column order.
    pub const ALL: [Self; Self::COUNT] = [
        Self::Status,
        Self::LatencyUs,
        Self::Bytes,
        Self::Sessions,
        Self::FrontendSessions,
        Self::BackendSessions,
        Self::ServerSessions,
        Self::Retries,
        Self::Queue,
        Self::Level,
        Self::ValueMicro,
        Self::LimitMicro,
        Self::Repeat,
        Self::JobStep,
        Self::JobAgeUs,
        Self::Transactions,
    ];
    /// The number of that name, if there is one.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|field| field.name() == name)
    }
    /// The column's name in frames and filters.
    pub fn name(self) -> &'static str {
        match self {
            Self::Status => "status",
            Self::LatencyUs => "latency_us",
            Self::Bytes => "bytes",
            Self::Sessions => "sessions",
            Self::FrontendSessions => "frontend_sessions",
            Self::BackendSessions => "backend_sessions",
            Self::ServerSessions => "server_sessions",
            Self::Retries => "retries",
            Self::Queue => "queue",
            Self::Level => "level",
            Self::ValueMicro => "value_micro",
            Self::LimitMicro => "limit_micro",
            Self::Repeat => "repeat",
            Self::JobStep => "job_step",
            Self::JobAgeUs => "job_age_us",
            Self::Transactions => "transactions",
        }
    }
}

impl Text {
    /// How many there are.
    pub const COUNT: usize = 15;
    /// All, in column order.
    pub const ALL: [Self; Self::COUNT] = [
        Self::Client,
        Self::Endpoint,
        Self::Method,
        Self::Query,
        Self::Service,
        Self::Host,
        Self::User,
        Self::Flags,
        Self::Agent,
        Self::Message,
        Self::Metric,
        Self::Kind,
        Self::Part1,
        Self::Part2,
        Self::Part3,
    ];
    /// Where the identifying parts of a message are kept, in their order.
    pub const PARTS: [Self; 3] = [Self::Part1, Self::Part2, Self::Part3];
    /// The text of that name, if there is one.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|field| field.name() == name)
    }
    /// The dimension's name in reports, frames and filters.
    pub fn name(self) -> &'static str {
        match self {
            Self::Client => "client",
            Self::Endpoint => "endpoint",
            Self::Method => "method",
            Self::Query => "query",
            Self::Service => "service",
            Self::Host => "host",
            Self::User => "user",
            Self::Flags => "flags",
            Self::Agent => "agent",
            Self::Message => "message",
            Self::Metric => "metric",
            Self::Kind => "kind",
            Self::Part1 => "part 1",
            Self::Part2 => "part 2",
            Self::Part3 => "part 3",
        }
    }
}
