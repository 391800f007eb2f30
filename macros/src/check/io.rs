//! A workflow does not reach outside: files, sockets, processes, the environment and other services belong in a task, whose result is recorded.

use super::path::Named;
use crate::diag::{Entry, catalog};

/// Crates that exist for input and output.
const CRATES: [&str; 22] = [
    "reqwest",
    "hyper",
    "ureq",
    "surf",
    "isahc",
    "tonic",
    "sqlx",
    "rusqlite",
    "diesel",
    "postgres",
    "tokio_postgres",
    "mongodb",
    "redis",
    "rdkafka",
    "lapin",
    "lettre",
    "object_store",
    "async_nats",
    "aws_config",
    "tokio_tungstenite",
    "tungstenite",
    "ssh2",
];

/// Modules of std and of the runtimes that mirror it.
const MODULES: [&str; 6] = ["fs", "net", "process", "env", "io", "signal"];
const ROOTS: [&str; 4] = ["std", "tokio", "async_std", "smol"];

/// Functions known by their module alone, as after `use std::fs;`. Others of that module may be the user's own.
const FUNCTIONS: [(&str, &[&str]); 4] = [
    (
        "fs",
        &[
            "read",
            "read_to_string",
            "write",
            "remove_file",
            "remove_dir",
            "remove_dir_all",
            "create_dir",
            "create_dir_all",
            "copy",
            "rename",
            "metadata",
            "read_dir",
            "canonicalize",
            "exists",
        ],
    ),
    ("env", &["var", "var_os", "vars", "args", "set_var", "current_dir", "temp_dir", "home_dir"]),
    ("process", &["exit", "abort", "id"]),
    ("io", &["stdin", "stdout", "stderr", "copy", "read_to_string"]),
];

/// Types whose functions open something.
const TYPES: [&str; 8] =
    ["File", "OpenOptions", "TcpStream", "TcpListener", "UdpSocket", "UnixStream", "UnixListener", "Command"];

pub(super) fn claims(named: &Named) -> Option<&'static Entry> {
    let by_root = CRATES.contains(&named.root())
        || named.root().starts_with("aws_sdk_")
        || (ROOTS.contains(&named.root()) && named.has_segment(&MODULES));
    let by_module =
        FUNCTIONS.iter().any(|(module, functions)| functions.iter().any(|function| named.is(&[module, function])));
    let by_type = named.is_call() && TYPES.contains(&named.owner());
    let by_name = named.is(&["stdin"]) || named.is(&["stdout"]);
    (by_root || by_module || by_type || (named.is_call() && by_name)).then_some(catalog::IO)
}

#[cfg(test)]
mod tests {
    use crate::testing::body_errors;

    #[test]
    fn files_sockets_and_services_are_refused() {
        let found = body_errors(
            r#"let a = std::fs::read_to_string("x"); let b = fs::read("x");
             let c = env::var("HOME");
             let d = reqwest::get(order.url).await?;
             let e = TcpStream::connect(order.host).await?;
             let f = Command::new("ls");
             process::charge(order).await?;
             let g = Command::Start;"#,
        );
        let lines: Vec<_> = found.iter().map(|line| line.split(" reaches").next().unwrap_or_default()).collect();
        assert_eq!(
            lines,
            [
                "1 D0103 `std::fs::read_to_string`",
                "1 D0103 `fs::read`",
                "2 D0103 `env::var`",
                "3 D0103 `reqwest::get`",
                "4 D0103 `TcpStream::connect`",
                "5 D0103 `Command::new`",
            ]
        );
    }

    #[test]
    fn printing_is_refused() {
        let found = body_errors("println!(\"{}\", total);\nlet a = dbg!(total);\ntracing::info!(\"{}\", total);");
        assert_eq!(
            found,
            [
                "1 D0104 `println!` prints, which a replay would do again",
                "2 D0104 `dbg!` prints, which a replay would do again",
            ]
        );
    }
}
