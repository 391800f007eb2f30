//! `export` and `graph`

use std::{io::Write as _, process::ExitCode};

use durafn_asl::{Account, Options, Target, export};

use super::{
    App, BoxError,
    args::{Export, Graph, GraphFormat, TargetArg},
    executions, output,
    replay::is_file,
    workflows,
};
use crate::{graph, history::History};

pub(super) fn run(args: &Export) -> Result<ExitCode, BoxError> {
    let machine = workflows::machine(&args.workflow, args.version)?;
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

pub(super) async fn graph(app: &App, args: &Graph) -> Result<ExitCode, BoxError> {
    let is_mermaid = args.format == GraphFormat::Mermaid;
    if workflows::is_linked(&args.what) {
        let machine = workflows::machine(&args.what, None)?;
        output::text(&if is_mermaid { graph::mermaid(machine) } else { graph::dot(machine) })?;
        return Ok(ExitCode::SUCCESS);
    }
    let history = match is_file(&args.what) {
        true => History::read_of(&args.what, args.workflow.as_deref())?,
        false => {
            let unknown = |error: BoxError| match workflows::machine(&args.what, None) {
                Err(no_workflow) => format!("{no_workflow}; and as an execution: {error}").into(),
                Ok(_) => error,
            };
            let engine = app.look(args.database.db.as_deref()).await.map_err(unknown)?;
            executions::load(&engine, &args.what).await.map_err(unknown)?
        }
    };
    output::text(&if is_mermaid { graph::mermaid_of(&history)? } else { graph::dot_of(&history)? })?;
    Ok(ExitCode::SUCCESS)
}
