//! Calls: the resource, the arguments in its envelope, and where the result and the failure are found.

use durafn_ir::{Argument, Arguments, Callee, CalleeKind, Expr, Fields, Retrier, TaskState, TypeDef, TypeId, Typed};

use super::{NamedStates, Site, errors::Decode};
use crate::{
    jsonata::{
        Jsonata, Result,
        ast::{Op, Shape},
        compare,
        template::{payload, template},
    },
    model::{self, Json},
    options::Target,
};

const INVOKE: &str = "arn:aws:states:::lambda:invoke";
const SEND_MESSAGE: &str = "arn:aws:states:::sqs:sendMessage";
const START_EXECUTION: &str = "arn:aws:states:::states:startExecution";
const WAIT_FOR_TOKEN: &str = ".waitForTaskToken";

/// A callee as ASL calls it.
struct Call {
    resource: String,
    arguments: Jsonata,
    result: Jsonata,
    decode: Decode,
}

impl Site<'_> {
    /// The state, and those that tell a child execution's failures apart.
    pub(crate) fn task(&mut self, task: &TaskState<Typed>) -> Result<(model::State, NamedStates)> {
        let call = self.call(task)?;
        let arguments = self.forced(call.arguments);
        let timeout = match &task.timeout {
            Some(timeout) => Some(self.seconds(timeout)?),
            None => task.callee.timeout_seconds.map(Json::from),
        };
        let heartbeat = match &task.heartbeat {
            Some(heartbeat) => Some(self.seconds(heartbeat)?),
            None => task.callee.heartbeat_seconds.map(Json::from),
        };
        let retry = task.retry.as_ref().unwrap_or(&task.callee.retry);
        let arrow = self.edge(&task.next, Some(call.result.into()))?;
        let (catch, more) = if task.callee.kind == CalleeKind::Workflow && !task.detached {
            self.child_catchers(&task.catch)?
        } else {
            (self.catchers(&task.catch, call.decode)?, Vec::new())
        };
        let state = model::State {
            r#type: "Task",
            resource: Some(call.resource),
            arguments: Some(payload(&arguments)),
            timeout_seconds: timeout,
            heartbeat_seconds: heartbeat,
            retry: retry.iter().map(retrier).collect(),
            catch,
            ..Default::default()
        };
        Ok((arrow.onto(state), more))
    }

    fn call(&mut self, task: &TaskState<Typed>) -> Result<Call> {
        let callee = &*task.callee;
        let input = self.input(callee, &task.args)?;
        let options = self.lowering.options;
        let plain = Jsonata::states(["result"]);
        Ok(match (&callee.kind, options.target) {
            (CalleeKind::Resource(resource), _) => Call {
                resource: options.filled_in(resource),
                arguments: input,
                result: match self.lowering.machine.types.get(callee.output) {
                    // Whatever the service yields, nobody looks at it.
                    TypeDef::Unit => Jsonata::Null,
                    _ => plain,
                },
                decode: decode(resource),
            },
            (CalleeKind::Activity, _) | (CalleeKind::Task, Target::Activity) => Call {
                resource: options.activity_arn(&callee.name),
                arguments: input,
                result: plain,
                decode: Decode::Plain,
            },
            (CalleeKind::Task | CalleeKind::Pure, Target::Lambda { per_task }) => Call {
                resource: INVOKE.to_owned(),
                arguments: invocation(options.function_arn(&callee.name, per_task), message(callee, false, input)),
                result: Jsonata::states(["result", "Payload"]),
                decode: Decode::Lambda,
            },
            (CalleeKind::Callback, Target::Lambda { per_task }) => Call {
                resource: format!("{INVOKE}{WAIT_FOR_TOKEN}"),
                arguments: invocation(options.function_arn(&callee.name, per_task), message(callee, true, input)),
                result: plain,
                // The invocation fails in Lambda's way, the callback in its own.
                decode: Decode::Either,
            },
            (CalleeKind::Callback | CalleeKind::Pure, Target::Activity) => Call {
                resource: format!("{SEND_MESSAGE}{WAIT_FOR_TOKEN}"),
                arguments: Jsonata::object([
                    ("QueueUrl".to_owned(), Jsonata::str(options.queue_url(&callee.name))),
                    ("MessageBody".to_owned(), message(callee, true, input)),
                ]),
                result: plain,
                decode: Decode::Plain,
            },
            (CalleeKind::Workflow, _) => Call {
                resource: format!("{START_EXECUTION}{}", if task.detached { "" } else { ".sync:2" }),
                arguments: Jsonata::object([
                    (
                        "StateMachineArn".to_owned(),
                        match task.anew {
                            // Whatever it is called there, and in whichever account.
                            true => Jsonata::states(["context", "StateMachine", "Id"]),
                            false => Jsonata::str(options.state_machine_arn(&callee.name)),
                        },
                    ),
                    ("Input".to_owned(), self.child_input(callee, input)),
                ]),
                result: match task.detached {
                    true => {
                        let arn = "ExecutionArn".to_owned();
                        Jsonata::object([(arn.clone(), plain.field(&arn))])
                    }
                    false => Jsonata::states(["result", "Output"]),
                },
                decode: Decode::Plain,
            },
        })
    }

    /// What is sent: one argument as it is, several by name, or each where a service takes it.
    fn input(&mut self, callee: &Callee, args: &[Expr<Typed>]) -> Result<Jsonata> {
        let all: Vec<&Expr<Typed>> = args.iter().collect();
        let (env, bindings) = self.encoder.bind_long(&all);
        let outside = std::mem::replace(&mut self.encoder.env, env);
        let mut encoded = Vec::new();
        for arg in args {
            encoded.push(self.encoder.encode(arg));
        }
        self.encoder.env = outside;
        let mut encoded = encoded.into_iter().collect::<Result<Vec<Jsonata>>>()?;
        let input = match &callee.places {
            Some(places) => request(places, &encoded),
            None if callee.sends_one_value() => encoded.remove(0),
            None => Jsonata::object(callee.params.iter().map(|(name, _)| name.clone()).zip(encoded)),
        };
        Ok(bindings.into_iter().rev().fold(input, |input, (name, value)| Jsonata::bind(&name, value, input)))
    }

    /// The input of a child execution. A text is taken for JSON, so what may be one is written as JSON.
    fn child_input(&self, callee: &Callee, input: Jsonata) -> Jsonata {
        match callee.params.as_slice() {
            [(_, ty)] if self.may_be_text(*ty) => {
                let list = Jsonata::Call("string", vec![Jsonata::array([(input, Shape::Single)])]);
                let brackets = Jsonata::Regex("^\\[|\\]$".to_owned());
                Jsonata::Call("replace", vec![list, brackets, Jsonata::str("")])
            }
            _ => input,
        }
    }

    fn may_be_text(&self, ty: TypeId) -> bool {
        match self.lowering.machine.types.get(ty) {
            TypeDef::Unit
            | TypeDef::Bool
            | TypeDef::Int(_)
            | TypeDef::Float(_)
            | TypeDef::Duration
            | TypeDef::Result(..)
            | TypeDef::Vec(_)
            | TypeDef::Tuple(_)
            | TypeDef::Map(_) => false,
            TypeDef::Struct(def) => def.transparent || matches!(def.fields, Fields::Newtype(_)),
            _ => true,
        }
    }

    /// A number of whole seconds, rounded up where the value is a duration.
    pub(crate) fn seconds(&mut self, expr: &Expr<Typed>) -> Result<Json> {
        let value = self.root(expr)?;
        let seconds = match self.lowering.machine.types.get(expr.ty) {
            TypeDef::Duration => {
                self.encoder.with_short("duration", value, |_, duration| Ok(whole_seconds(&duration)))?
            }
            TypeDef::Float(_) => Jsonata::Call("ceil", vec![value]),
            _ => value,
        };
        Ok(template(&self.forced(seconds)))
    }
}

fn whole_seconds(duration: &Jsonata) -> Jsonata {
    let (secs, nanos) = match compare::parts(duration) {
        Some((secs, nanos)) => (secs.clone(), nanos.clone()),
        None => (duration.clone().field("secs"), duration.clone().field("nanos")),
    };
    match (&secs, &nanos) {
        (_, Jsonata::Int(0)) => secs,
        (Jsonata::Int(secs), Jsonata::Int(_)) => Jsonata::Int(secs + 1),
        _ => {
            let more = nanos.binary(Op::Gt, Jsonata::Int(0)).then(Jsonata::Int(1), Jsonata::Int(0));
            secs.binary(Op::Add, more)
        }
    }
}

/// How the failures of a given resource look.
fn decode(resource: &str) -> Decode {
    if resource.ends_with(":states:::lambda:invoke.waitForTaskToken") {
        Decode::Either
    } else if resource.ends_with(":states:::lambda:invoke") || resource.contains(":lambda:") {
        Decode::Lambda
    } else if resource.contains(":states:::") {
        Decode::Service
    } else {
        Decode::Plain
    }
}

fn token_of_attempt() -> Jsonata {
    Jsonata::states(["context", "Task", "Token"])
}

/// The request to a service, by the places of its arguments.
fn request(places: &Arguments, args: &[Jsonata]) -> Jsonata {
    places.fold(
        &mut |argument| match argument {
            Argument::Param(index) => args.get(*index as usize).cloned().unwrap_or(Jsonata::Null),
            Argument::Token => token_of_attempt(),
        },
        &mut |fields| Jsonata::object(fields.into_iter().map(|(key, field)| (key.to_owned(), field))),
        &mut |elements| Jsonata::array(elements.into_iter().map(|element| (element, Shape::Single))),
    )
}

/// The envelope by which one function or queue serves many tasks.
fn message(callee: &Callee, token: bool, input: Jsonata) -> Jsonata {
    let mut fields = vec![("task".to_owned(), Jsonata::str(&callee.name))];
    if token {
        fields.push(("token".to_owned(), token_of_attempt()));
    }
    fields.push(("input".to_owned(), input));
    Jsonata::object(fields)
}

fn invocation(function: String, payload: Jsonata) -> Jsonata {
    Jsonata::object([("FunctionName".to_owned(), Jsonata::Str(function)), ("Payload".to_owned(), payload)])
}

fn retrier(retrier: &Retrier) -> model::Retrier {
    model::Retrier {
        error_equals: retrier.errors.clone(),
        // ASL has no interval of 0 seconds.
        interval_seconds: retrier.interval_seconds.max(1),
        backoff_rate: retrier.backoff_rate,
        max_attempts: retrier.max_attempts,
        max_delay_seconds: retrier.max_delay_seconds,
        jitter_strategy: retrier.jitter.then_some("FULL"),
    }
}
