//! Prometheus and OTLP wired to durafn: numbers on a page to scrape, traces sent to a collector, lines on standard error.
//!
//! ```text
//! cargo run -p observability                     # http://127.0.0.1:9464/metrics; traces go to http://127.0.0.1:4318
//! curl -s http://127.0.0.1:9464/metrics | grep durafn_
//! ```
//!
//! `METRICS_ADDRESS` is where the page is served, `OTEL_EXPORTER_OTLP_ENDPOINT` where the collector listens (Jaeger, Tempo, an OpenTelemetry
//! Collector), `RUST_LOG` what is logged: `durafn=debug` tells each transition. It works off a queue of payments until it is interrupted or its standard
//! input ends.

use std::{env, error::Error, net::SocketAddr};

use durafn::{Engine, prelude::*};
use metrics_exporter_prometheus::PrometheusBuilder;
use opentelemetry::trace::TracerProvider as _;
use opentelemetry_otlp::SpanExporter;
use opentelemetry_sdk::trace::SdkTracerProvider;
use tokio::io::AsyncReadExt as _;
use tracing_subscriber::{EnvFilter, prelude::*};

#[derive(Serialize, Deserialize, Failure, Clone, Debug)]
enum PaymentError {
    Declined,
}

/// Asks the bank. Every fifth card is refused.
#[task(timeout = "10s", retry(on = "States.Timeout", interval = "1s", attempts = 2))]
async fn charge(number: u32) -> Result<u32, PaymentError> {
    tokio::time::sleep(Duration::from_millis(20)).await;
    if number.is_multiple_of(5) { Err(PaymentError::Declined) } else { Ok(number * 100) }
}

/// Sends a receipt.
#[task]
async fn mail(number: u32) -> bool {
    number > 0
}

/// Charges a card and sends the receipt.
#[workflow]
async fn pay(number: u32) -> Result<u32, PaymentError> {
    let cents = charge(number).await?;
    sleep(Duration::from_secs(1)).await;
    mail(number).await;
    Ok(cents)
}

type BoxError = Box<dyn Error + Send + Sync>;

/// Serves the numbers.
fn serve_metrics() -> Result<(), BoxError> {
    let address: SocketAddr = env::var("METRICS_ADDRESS").unwrap_or("127.0.0.1:9464".to_owned()).parse()?;
    // Seconds of a commit are far below those of an attempt; each has buckets that tell something.
    PrometheusBuilder::new()
        .with_http_listener(address)
        .set_buckets(&[0.000_1, 0.000_3, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 60.0, 3_600.0])?
        .install()?;
    Ok(())
}

/// Sends spans to the collector and lines to standard error. The provider must live as long as spans are made.
fn send_traces() -> Result<SdkTracerProvider, BoxError> {
    let exporter = SpanExporter::builder().with_http().build()?;
    let provider = SdkTracerProvider::builder().with_batch_exporter(exporter).build();
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
    let spans = tracing_opentelemetry::layer().with_tracer(provider.tracer("payments"));
    let wanted = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("durafn=info"));
    tracing_subscriber::registry().with(wanted).with(lines).with(spans).try_init()?;
    Ok(provider)
}

#[tokio::main]
async fn main() -> Result<(), BoxError> {
    serve_metrics()?;
    // The exporter's client makes a runtime of its own, which it must not do on this one.
    let provider = tokio::task::spawn_blocking(send_traces).await??;
    let engine = Engine::open("payments.db").await?;
    let payments = async {
        for number in 1.. {
            engine.start(pay(number)).await?;
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        Ok::<_, durafn::Error>(())
    };
    let (mut input, mut rest) = (tokio::io::stdin(), Vec::new());
    tokio::select! {
        failed = payments => failed?,
        _ = tokio::signal::ctrl_c() => {}
        // Whoever has started it lets go of it.
        read = input.read_to_end(&mut rest) => drop(read?),
    }
    engine.shutdown(Duration::from_secs(5)).await?;
    tokio::task::spawn_blocking(move || provider.shutdown()).await??;
    Ok(())
}
