//! The program against a collector and a scraper made here.

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{SocketAddr, TcpListener, TcpStream},
    process::{Command, Stdio},
    sync::mpsc,
    thread,
    time::Duration,
};

/// Takes one request, answers that it was taken, and yields its first line and its body.
fn take_request(stream: TcpStream) -> std::io::Result<(String, Vec<u8>)> {
    let mut reader = BufReader::new(stream);
    let mut first = String::new();
    reader.read_line(&mut first)?;
    let mut length = 0;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        if line.trim().is_empty() {
            break;
        }
        if let Some((name, value)) = line.split_once(':')
            && name.eq_ignore_ascii_case("content-length")
        {
            length = value.trim().parse().unwrap_or(0);
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    reader.get_mut().write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")?;
    Ok((first, body))
}

/// What the page of numbers says; nothing until it is served.
fn scrape(address: SocketAddr) -> String {
    let Ok(mut stream) = TcpStream::connect(address) else { return String::new() };
    let asked = stream.write_all(b"GET /metrics HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n");
    let mut page = String::new();
    if asked.is_ok() {
        // A page that breaks off is asked for again.
        let _ = stream.read_to_string(&mut page);
    }
    page
}

#[test]
fn numbers_are_scraped_and_spans_reach_the_collector() {
    let collector = TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}", collector.local_addr().unwrap());
    // A port that is free now; the program binds it itself.
    let metrics = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let (sent, received) = mpsc::channel();
    thread::spawn(move || {
        for stream in collector.incoming().flatten() {
            if let Ok(request) = take_request(stream)
                && sent.send(request).is_err()
            {
                return;
            }
        }
    });

    let directory = tempfile::tempdir().unwrap();
    let mut program = Command::new(env!("CARGO_BIN_EXE_observability"))
        .current_dir(directory.path())
        .env("METRICS_ADDRESS", metrics.to_string())
        .env("OTEL_EXPORTER_OTLP_ENDPOINT", &endpoint)
        .env("RUST_LOG", "durafn=info")
        .stdin(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();

    let wanted = [
        "durafn_executions_started_total{workflow=\"pay\"}",
        "durafn_executions_closed_total{workflow=\"pay\",status=\"FAILED\"}",
        "durafn_executions_closed_total{workflow=\"pay\",status=\"SUCCEEDED\"}",
        "durafn_attempts_total{task=\"charge\",outcome=\"succeeded\"}",
        "durafn_states_entered_total{workflow=\"pay\",type=\"Wait\"}",
        "durafn_commit_seconds_bucket",
    ];
    let page = loop {
        let page = scrape(metrics);
        if wanted.iter().all(|line| page.contains(line)) {
            break page;
        }
        assert!(program.try_wait().unwrap().is_none(), "the program ended; its page said\n{page}");
        thread::sleep(Duration::from_millis(50));
    };
    assert!(page.contains("# HELP durafn_attempt_seconds How long an attempt ran"), "{page}");

    // Its input ends, so it shuts down and sends the spans that it still has.
    drop(program.stdin.take());
    assert!(program.wait().unwrap().success());
    let mut spans = Vec::new();
    while let Ok((first, body)) = received.try_recv() {
        assert!(first.starts_with("POST /v1/traces "), "{first}");
        spans.extend(body);
    }
    let spans = String::from_utf8_lossy(&spans);
    for name in ["execution", "Charge", "charge", "Sleep", "Mail"] {
        assert!(spans.contains(name), "no span is called {name}");
    }
}
