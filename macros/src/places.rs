//! Where a service takes the arguments of a task: the request as a tree, from the keys of the parameters.

use durafn_ir::{
    Argument, Arguments,
    arguments::{Misplaced, arrange},
};

use crate::ast::{Param, Signature, TaskAttr};

/// The tree; none where names alone say it, since no key is a path and no token is sent.
///
/// # Errors
///
/// Where two parameters want one place, or the places make no request.
pub(crate) fn places(attr: &TaskAttr, signature: &Signature) -> Result<Option<Arguments>, Misplaced> {
    if !attr.integration {
        return Ok(None);
    }
    let mut number = 0;
    let mut filled = Vec::new();
    for param in &signature.params {
        if param.is_token() {
            filled.extend(param.key.clone().map(|place| (place, Argument::Token)));
        } else if param.is_payload() {
            filled.push((param.wire_name(), Argument::Param(number)));
            number += 1;
        }
    }
    let is_path = |(key, argument): &(String, Argument)| *argument == Argument::Token || key.contains(['.', '[']);
    if !filled.iter().any(is_path) {
        return Ok(None);
    }
    arrange(filled).map(Some)
}

/// The parameter that fills a place.
pub(crate) fn param_at<'a>(signature: &'a Signature, place: &str) -> Option<&'a Param> {
    signature.params.iter().find(|param| match param.is_token() {
        true => param.key.as_deref() == Some(place),
        false => param.is_payload() && param.wire_name() == place,
    })
}
