//! Every diagnostic: its code, what it says is wrong, and what it says to write instead.
//!
//! Codes are never reused. The first digits group them: `D00` the item and its attributes, `D01` what a replay could not repeat, `D02` what the
//! language does not have, `D03` what suspends, `D04` names, places and jumps, `D05` what lowering finds. Gaps `{0}`, `{1}` are filled where a mistake is reported.

/// One diagnostic.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) code: &'static str,
    pub(crate) message: &'static str,
    pub(crate) help: &'static [&'static str],
}

impl Entry {
    /// The text: the message, then each help on a line of its own.
    pub(crate) fn text(&self, args: &[&str]) -> String {
        let lines = self.help.iter().map(|help| format!("help: {help}"));
        let text = std::iter::once(self.message.to_owned()).chain(lines).collect::<Vec<_>>().join("\n");
        args.iter().enumerate().fold(text, |text, (index, arg)| text.replace(&format!("{{{index}}}"), arg))
    }
}

macro_rules! catalog {
    ($($name:ident $code:ident $message:literal $($help:literal)*;)*) => {
        $(pub(crate) const $name: &Entry = &Entry { code: stringify!($code), message: $message, help: &[$($help),*] };)*

        /// Every entry, in order.
        #[cfg(test)]
        pub(super) const ALL: &[&Entry] = &[$($name),*];
    };
}

catalog! {
    SYNTAX D0001 "{0}";
    NOT_ASYNC D0002 "a {0} is an `async fn`" "write `async fn`";
    QUALIFIER D0003 "a {1} cannot be `{0}`" "leave `{0}` out";
    GENERICS D0004 "a {0} cannot be generic: it is addressed by name, with JSON in and out" "write the types out, or one {0} for each type";
    SELF_PARAMETER D0005 "a {0} is a free function, so it has no `self`" "take what it needs as parameters";
    PARAMETER D0006 "a parameter must be a plain name: names are keys of the input" "take the whole value and destructure it with `let` in the body";
    PARAMETER_ATTRIBUTE D0007 "this attribute does not belong on a parameter" "only `#[resource]` and `#[serde(rename = \"..\")]` do, on a parameter of a task";
    REFERENCE_TYPE D0008 "a reference cannot be {0}: what crosses a function's boundary is stored as JSON" "use an owned type: `String` for `&str`, `Vec<T>` for `&[T]`, `T` for `&T`";
    ABSTRACT_TYPE D0009 "a type without a name cannot be {0}: what crosses a function's boundary is stored as JSON" "name a concrete type that derives `Data`";
    UNKNOWN_ARGUMENT D0010 "there is no argument `{0}` here" "there are {1}";
    ARGUMENT_FORM D0011 "`{0}` takes {1}";
    TWICE D0012 "`{0}` is given twice" "leave one out";
    EXPRESS_TIMEOUT D0013 "an Express workflow runs for five minutes at most" "shorten `timeout`, or leave `express` out";
    HEARTBEAT D0014 "`heartbeat` is not shorter than `timeout`, so it would never be missed" "shorten `heartbeat`";
    TASK_KIND D0015 "a task that polling workers serve cannot be `callback` or have a `resource`" "leave one of them out";
    ERROR_NAME D0016 "{0} is not an error name" "write a string such as `\"States.Timeout\"` or `\"CardDeclined\"`, or a list of strings";
    RESERVED_ERROR_NAME D0017 "`{0}` cannot be retried" "of the reserved names a task can fail with `{1}`; without `on`, whatever a task can fail with is retried";
    STATE_NAME D0018 "a state's name is a string of 1 to 80 characters" "write `#[state(\"Charge card\")]`";
    STATEMENT_ATTRIBUTE D0019 "this attribute does not belong inside a workflow" "only `#[state(\"..\")]` and doc comments stand above a statement; put lint attributes above the function";
    EXPRESSION_ATTRIBUTE D0020 "an attribute cannot stand inside an expression" "make the expression a statement of its own and put the attribute above it";
    ARM_ATTRIBUTE D0021 "an attribute cannot stand on the arm of a `match`" "give the arm braces and put the attribute above the statement in them";
    NO_ARGUMENTS D0022 "`#[{0}]` takes no arguments" "leave them out";
    ASYNC_PURE D0023 "a `#[pure] fn` cannot be `async`: it is computed within one state" "leave `async` out, or make it a `#[task]`";
    TOKEN_MISSING D0025 "a callback has no use without its token" "take it by a parameter: `token: TaskToken<T>`, where `T` is the value that completes the call";
    TOKEN_TWICE D0026 "an attempt has one token" "leave this parameter out";
    TOKEN_PLACE D0027 "only the task that is a callback gets a token" "write `#[task(callback, ..)]`, or leave the parameter out";
    TOKEN_TYPE D0028 "this does not say with what the call is completed" "write the type: `TaskToken<Approval>`";
    CALLBACK_RESOURCE D0029 "a resource that ends with `.waitForTaskToken` and `callback` belong together" "add the one that is missing, or leave both out";
    RESOURCE_ARN D0030 "`{0}` names nothing that a Task state can call" "write `arn:aws:states:::sqs:sendMessage`, an optimised integration" "or `arn:aws:states:::aws-sdk:sqs:deleteMessage`, any API of the SDK" "or the ARN of a Lambda function";
    INTEGRATION D0031 "there is no optimised integration `{0}`" "{1}" "every API of a service can be called as `arn:aws:states:::aws-sdk:SERVICE:ACTION`";
    INTEGRATION_PATTERN D0032 "`{0}` cannot be called with `{1}`" "there are {2}";
    SDK_NAME D0033 "`{0}` is not how an API of the SDK is written here" "the service in lower case and the action in camel case: `aws-sdk:dynamodb:batchGetItem`";
    SERVICE_ARGUMENT D0034 "no service takes an argument `{0}`: theirs are written in Pascal case" "write `rename_all = \"PascalCase\"` in `#[task(..)]`" "or `#[serde(rename = \"..\")]` on the parameter";
    TOKEN_KEY D0035 "the request has no place for the token" "say where the service passes it on: `#[serde(rename = \"MessageBody.token\")] token: TaskToken<..>`";
    WHOLE_REQUEST D0036 "`{0}` is the whole request, which leaves no place for the token" "take its members by parameters of their own: `#[serde(rename = \"MessageBody.order\")] order: Order`";
    MISPLACED D0037 "{0}" "each parameter fills a place of its own: a path such as `MessageBody.order` or `Entries[0].Detail`, and nothing inside of what another one fills" "an array is filled from 0 on";
    NO_KEY D0038 "`{0}` is no part of the input, so it has no key" "leave `#[serde(rename = \"..\")]` out";
    ACTIVITY_ONCE D0040 "an attempt of an activity is handed to one worker once anyway" "leave `at_most_once` out";
    TRANSACTION_ASYNC D0050 "a transaction cannot be `async`: no other commit goes on while it runs" "leave `async` out, and await in another task";
    TRANSACTION_MISSING D0051 "a transaction has no use without the file" "take it by a parameter: `tx: &Transaction<'_>`";
    TRANSACTION_PLACE D0052 "only a task that is a transaction takes a `&Transaction`, and takes one" "write `#[task(transaction)]`, or leave the parameter out";
    TRANSACTION_KIND D0053 "`transaction` and `{0}` exclude each other" "leave one of them out: a transaction runs to its end, exactly once, in the engine's own file";
    ANEW_PLACE D0054 "`.continue_as_new()` ends the execution, so nothing can follow it" "return it from the workflow: `return {0}(..).continue_as_new().await;`" "a branch or the body of a `map` cannot end the execution: let it yield a value, and decide behind it";
    ANEW_CALLEE D0055 "`.continue_as_new()` starts the workflow itself anew, and `{0}` is another function" "call `{1}`; another workflow is started by `{0}(..).start().await`";
    ANEW_OUTPUT D0056 "an execution that continues as new has no result, so its workflow can have none" "let `{0}` return nothing, or `Result<(), E>`";
    ANEW_EXPRESS D0057 "an Express workflow ends within five minutes, so it has no need to continue as new" "write a loop, or leave `express` out of `{0}`";

    CLOCK D0101 "`{0}` reads the clock, which a replay cannot repeat" "use `durafn::now()`, whose value is recorded" "or read the clock in a `#[task]`";
    RANDOMNESS D0102 "`{0}` is random, which a replay cannot repeat" "use `durafn::random()` or `durafn::uuid()`, whose values are recorded" "or draw the value in a `#[task]`";
    IO D0103 "`{0}` reaches outside of the workflow, which a replay would do again" "move it into a `#[task]` and await that";
    PRINT D0104 "`{0}!` prints, which a replay would do again" "use `tracing::info!` and its kin, which are silent during a replay";
    SPAWN D0105 "`{0}` starts work that the journal does not see" "run branches with `try_join!(a, b)`, or one call for each item with `map(items, |item| task(item))`";
    BLOCKING_SLEEP D0106 "`{0}` is not durable: a crash would forget it" "use `sleep(Duration::from_secs(..)).await`";
    LOCK D0107 "`{0}` shares memory, which neither a replay nor a state machine has" "keep the value in a `let mut` of the workflow" "or share it between tasks as a `#[resource]`";
    HASH D0108 "`{0}` has no fixed order, so a replay could take another way" "use `BTreeMap` with string keys, or a `Vec`";
    UNSAFE D0109 "`unsafe` has no place in a workflow" "move it into a `#[task]`";
    GLOBAL_STATE D0110 "`{0}` is global state, which a replay would find changed" "pass the value as a parameter, or read it in a `#[task]`";

    UNSUPPORTED D0201 "{0} is not part of the workflow language" "{1}";
    ITEM D0202 "an item cannot stand inside a workflow" "move it out of the function";
    LET_WITHOUT_VALUE D0203 "a variable needs a value from the start" "write `let x = if .. { .. } else { .. };`, or give it a value that is replaced later: `let mut x = ..;`";
    LITERAL D0204 "this literal has no JSON form in a workflow" "there are integers, floats, strings, characters and booleans";
    WIDE_INTEGER D0205 "`{0}` is past 2^53, the largest integer that JSON carries exactly" "keep it in a string, or compute with it in a `#[task]`";
    CAST D0206 "`as {0}` is not part of the workflow language" "cast to an integer or float of up to 64 bits; use `to_string` for text";
    BIT_OPERATOR D0207 "`{0}` works on bits, which a state machine does not" "for booleans use `&&`, `||` and `!=`; else compute it in a `#[task]`";
    SLICE D0208 "a slice is not part of the workflow language" "take elements by `.iter().skip(from).take(count)`, characters by `.chars().skip(from).take(count)`, and `.collect()`";
    OPEN_RANGE D0209 "a range without an end is not part of the workflow language" "write both ends, or a `loop` with a counter";
    CLOSURE_VALUE D0210 "a closure can only be the argument of a method" "write its body where it is needed";
    FUNCTION_VALUE D0211 "`{0}` names a function, which is no value here" "write a closure that calls it: `|value| {0}(value)`";
    QUALIFIED_PATH D0212 "a path with `<T as Trait>` is not part of the workflow language" "name the function or type directly";
    CALLED_VALUE D0213 "only functions that are called by name can be called" "name a task or a workflow";
    ARGUMENTS D0214 "wrong number of arguments: `{0}` takes {1}";
    UNSUPPORTED_FUNCTION D0215 "`{0}` is not part of the workflow language" "make a `#[task]` of it, or write it with what the language has{1}";
    UNSUPPORTED_METHOD D0216 "the method `{0}` is not part of the workflow language" "{1}";
    UNKNOWN_MACRO D0217 "the macro `{0}!` is not part of the workflow language" "there are `format!`, `vec!`, `matches!`, `try_join!`, `join!` and the macros of `tracing` and `log`; call others in a `#[task]`";
    PANIC D0218 "`{0}!` panics, and a workflow fails by an error" "return an error: `return Err(..)`, or `.ok_or(..)?` of an `Option`";
    PANIC_METHOD D0219 "`.{0}()` panics, and a workflow fails by an error" "use `?`, `.ok_or(..)?`, `.unwrap_or(..)` or `match`";
    WRITE D0220 "`{0}!` changes a buffer in place" "use `format!` and `push_str`";
    DESTRUCTURING_ASSIGNMENT D0221 "an assignment has a place, or a tuple of places, on its left" "bind the parts with `let`, then assign each";
    MUTABLE_REFERENCE D0222 "`&mut` is not part of the workflow language: values are copied from state to state" "assign to the variable itself";
    PATTERN D0223 "{0} cannot be a pattern in a workflow" "match literals, ranges, names, tuples, structs and variants";
    CONSTANT_PATTERN D0224 "the constant `{0}` cannot be a pattern: its value is not known when the machine is made" "write the value, or `x if x == {0}`";
    REF_PATTERN D0225 "values are owned in a workflow, so there is nothing to borrow by `ref`" "leave `ref` out, and `.clone()` the matched value if it is still needed";
    SLICE_PATTERN D0226 "a slice pattern is not part of the workflow language" "test `.len()`, and take elements by `.first()`, `.get(index)` or by index";
    TUPLE_REST D0227 "`..` in a tuple hides how many elements it has" "write `_` for each element";
    NESTED_GUARD D0228 "a guard stands after the whole pattern" "move the `if` behind the pattern";
    FORMAT_TEMPLATE D0229 "the template of `format!` must be a string literal" "write the text in place";
    FORMAT_SYNTAX D0230 "`{{0}}` is no argument of a template" "write `{}`, `{name}`, `{:.2}` or `{:>8}`; double a brace that is text";
    FORMAT_DEBUG D0231 "`{{0}}` prints for debugging, in a form that nobody fixes" "use `{}`, or `match` to the text";
    FORMAT_DYNAMIC D0232 "`{{0}}` takes its width or precision from an argument" "write the number in the template";
    FORMAT_FLAG D0233 "`{{0}}` has a flag that a state machine cannot print" "there are fill, alignment, width and precision: `{:*>8.2}`";
    FORMAT_ALIGN D0234 "`{{0}}` has a width, and the side it fills depends on the type" "say the side: `{:<8}`, `{:^8}` or `{:>8}`";
    FORMAT_UNUSED D0235 "the template does not use this argument" "leave it out";
    FORMAT_TWICE D0236 "the template uses this argument twice, so it would be computed twice" "bind it with `let` first";
    FORMAT_MISSING D0237 "there is no argument `{0}` for the template" "add it behind the template";
    FOR_ITERATOR D0238 "a `for` over `.{0}()` is not part of the workflow language" "collect it first: `let items: Vec<_> = iterator.collect();`; a `for` runs over what is computed without closures: a `Vec`, a range, `.iter()`, `.iter().rev()`, `.iter().enumerate()`";
    LOG_ARGUMENT D0239 "`{0}` cannot stand in the arguments of a log macro, which vanish from the machine" "bind the value with `let` first";
    FRACTIONAL_SECONDS D0240 "a durable timer counts whole seconds" "write `Duration::from_secs(..)`";
    QUESTION_MARK D0241 "`?` leaves the function with an error, which does not return a `Result`" "return `Result<_, E>`, where `E` derives `Failure`";
    IMPURE_CLOSURE D0242 "{0} cannot stand inside a closure: it is computed within one state" "write a `for` loop, or `map(items, |item| async { .. }).await` for durable steps";
    UNSUPPORTED_CALL_METHOD D0243 "`.{0}(..)` adjusts a call that is awaited at once" "write `task(..).{0}(..).await`";
    GUARD_EFFECT D0244 "{0} cannot stand in the guard of a `match`" "compute it before the `match`";
    PURE_BODY D0245 "{0} cannot stand in a `#[pure] fn`: it is computed within one state" "{1}";
    BRANCH_QUESTION_MARK D0246 "`?` in a branch fails with the workflow's own error, and the workflow does not return a `Result`" "return `Result<_, E>`, where `E` derives `Failure`; or let the branch be the call alone, `task(..)`, and `match` on what it yields";
    REVERSED_KEY D0247 "`Reverse` has no form in JSON, so it is no key here" "sort by a number that falls, `.sort_by_key(|item| -item.score)`, or by `u32::MAX - item.score` where it has no sign" "or write `.reverse()` behind `.sort_by_key(..)`, which also turns round items with one key";

    NOT_AWAITED D0301 "`{0}` does nothing until it is awaited" "write `{0}(..).await`";
    JOIN_AWAITED D0302 "`{0}!` waits by itself" "leave `.await` out";
    ASYNC_BLOCK D0303 "an `async` block can only be a branch of `try_join!`, `join!` or `race!`, or the body of `map` or `timeout`" "write its statements in place";
    FOREIGN_AWAIT D0304 "only the call of a task or workflow can be awaited, where it is made" "await the call itself: `task(..).await`; run several at once with `try_join!(a(..), b(..))`";
    FOREIGN_CALL D0305 "`{0}` is neither a task nor a workflow, so its result would not be recorded" "await it inside a `#[task]`, and await that here";
    CONTEXT_AWAITED D0307 "`{0}()` is a value, not a future" "leave `.await` out";
    CALL_METHOD D0308 "a call of a task or workflow has no `.{0}(..)`" "there are `.timeout(d)`, `.heartbeat(d)`, `.retry(policy)`, `.start()` and `.continue_as_new()`; what is done with the result comes after `.await`";
    WAIT_METHOD D0309 "`.{0}(..)` cannot adjust `{1}`" "{2}";
    MAP_ARGUMENTS D0310 "`map` takes the items and a closure of the item, or of the item and its index" "write `map(items, |item| task(item)).await` or `map(items, |item, index| async move { .. }).await`";
    BRANCH_AWAITED D0311 "a branch is awaited by what runs it" "leave `.await` and `?` out, or write an `async` block: `async { .. }`";
    BRANCH D0312 "a branch is the call of a task or workflow, or an `async` block" "write `async { .. }` around it";
    EMPTY_JOIN D0313 "`{0}!` has no branches" "name at least one";
    FOREIGN_JOIN D0314 "`{0}!` is not durable: its branches would not be recorded" "use `try_join!` or `join!` of durafn";
    RETRY_POLICY D0315 "this is no retry policy that the machine can read" "write `Retry::on(\"States.Timeout\")` or `Retry::on_any()`, then `.attempts(3)`, `.interval(Duration::from_secs(1))`, `.backoff(2.0)`, `.max_delay(Duration::from_mins(1))`, `.full_jitter()`, of literals";
    SELECT D0316 "`{0}!` is not durable: which branch was first would not be recorded" "use `race!` of durafn, whose branches yield one type, or `timeout(duration, async { .. }).await`";
    TIMEOUT_ARGUMENTS D0317 "`timeout` takes a duration and an `async` block or a call" "write `timeout(Duration::from_secs(30), async { .. }).await`";
    EXPRESS_WAIT D0320 "an Express workflow runs for five minutes at most, so this time is never over" "shorten it, or leave `express` out";
    PATCH_NAME D0330 "a patch is named by one string of 1 to 80 characters, written in place" "write `patched(\"fraud-check\")`: the name is recorded, so it is known before anything runs and never changes";
    PATCH_PLACE D0331 "`patched` stands in the condition of an `if`" "write `if patched(\"{0}\") { .. } else { .. }`; asked again in another `if`, it decides the same";

    UNKNOWN_NAME D0401 "there is no variable `{0}` here{1}" "a workflow sees its parameters, its variables and constants in `UPPER_CASE`; functions are called or passed as `|x| f(x)`";
    CALLED_LOCAL D0402 "`{0}` is a variable here, so it cannot be called" "rename the variable; in a workflow no variable holds a function";
    UNKNOWN_LABEL D0403 "there is no loop with the label `{0}` around this" "a branch, a `map` or a closure cannot leave a loop outside of it";
    OUTSIDE_LOOP D0404 "`{0}` without a loop around it" "a branch, a `map` or a closure cannot leave a loop outside of it; use `return` to end the workflow";
    BREAK_VALUE D0405 "only `loop` yields the value of a `break`" "assign the value to a variable before `break`";
    ASSIGN_PLACE D0406 "this is no place that can be assigned" "assign to a variable, to a field of one or to an element of one";
    NOT_MUTABLE D0407 "`{0}` is changed but not declared `mut`" "declare it with `let mut {0}`";
    OUTER_ASSIGNMENT D0408 "a branch cannot change `{0}`, which is declared outside of it{1}" "let the branch yield the new value, and assign it after all have finished";
    MUTATION_PLACE D0409 "`.{0}(..)` changes its receiver, which must be a variable or a part of one" "bind the value with `let mut` first";
    MUTATION_VALUE D0410 "`.{0}(..)` changes its receiver, so it must stand as a statement" "write it as a statement of its own, and use the variable here";
    ASSIGN_VALUE D0411 "an assignment must stand as a statement" "write it before, and use the variable here";

    INEXPRESSIBLE D0501 "{0}";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_ascend() {
        let codes: Vec<_> = ALL.iter().map(|entry| entry.code).collect();
        assert!(codes.is_sorted_by(|a, b| a < b), "{codes:?}");
    }

    #[test]
    fn texts_read_as_one_style() {
        for Entry { code, message, help } in ALL {
            assert!(!message.starts_with(char::is_uppercase), "{code}: begins in lower case");
            assert!(help.iter().all(|help| !help.ends_with('.')), "{code}: no full stop at the end");
            assert!(
                *message == "{0}" || *code == "D0001" || *code == "D0011" || *code == "D0214" || !help.is_empty(),
                "{code}: says a way out"
            );
        }
    }
}
