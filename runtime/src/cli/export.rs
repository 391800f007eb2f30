//! `export` and `graph`

use std::{io::Write as _, process::ExitCode};

use durafn_asl::{Account, Options, Target, export};

use super::{
    BoxError,
    args::{Export, Graph, GraphFormat, TargetArg},
    output, workflows,
};
use crate::graph;

pub(super) fn run(args: &Export) -> Result<ExitCode, BoxError> {
    let machine = workflows::machine(&args.workflow)?;
    let options = Options {
        target: match args.target {
            TargetArg::Lambda => Target::Lambda { per_task: false },
            TargetArg::LambdaPerTask => Target::Lambda { per_task: true },
            TargetArg::Activity => Target::Activity,
        },
        account: args.region.clone().zip(args.account.clone()).map(|(region, id)| Account { region, id }),
        substitutions: args.substitutions.iter().cloned().collect(),
        check_input: args.check_input,
    };
    let exported = export(machine, &options)?;
    for warning in &exported.warnings {
        let _ = writeln!(std::io::stderr(), "warning: {warning}");
    }
    let text = exported.definition.to_json();
    match &args.output {
        None => output::text(&text)?,
        Some(path) => std::fs::write(path, text + "\n")
            .map_err(|error| format!("the definition cannot be written to {}: {error}", path.display()))?,
    }
    Ok(ExitCode::SUCCESS)
}

pub(super) fn graph(args: &Graph) -> Result<ExitCode, BoxError> {
    let machine = workflows::machine(&args.workflow)?;
    output::text(&match args.format {
        GraphFormat::Mermaid => graph::mermaid(machine),
        GraphFormat::Dot => graph::dot(machine),
    })?;
    Ok(ExitCode::SUCCESS)
}
