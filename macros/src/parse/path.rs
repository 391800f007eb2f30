//! What the spelling of a path tells. Rust's naming conventions carry meaning here, since nothing else is known when a macro runs: upper case begins types,
//! variants and constants, lower case functions and variables.

use durafn_ir::{Builtin, Receiver};

/// The identifiers of a path, without type arguments.
pub(crate) fn segments(path: &syn::Path) -> Vec<String> {
    path.segments.iter().map(|segment| segment.ident.to_string()).collect()
}

/// A path as messages write it.
pub(crate) fn display(path: &syn::Path) -> String {
    segments(path).join("::")
}

/// The last identifier.
pub(crate) fn last(path: &syn::Path) -> String {
    path.segments.last().map(|segment| segment.ident.to_string()).unwrap_or_default()
}

/// The name begins in upper case.
pub(crate) fn is_upper(name: &str) -> bool {
    name.chars().find(|c| *c != '_').is_some_and(char::is_uppercase)
}

/// The name is spelled as constants are: `MAX_ITEMS`. One letter alone may as well be a variant.
pub(crate) fn is_constant(name: &str) -> bool {
    name.len() > 1 && is_upper(name) && !name.chars().any(char::is_lowercase)
}

/// The last segment belongs to a type: `Order::new`, `Colour::RED`.
pub(crate) fn of_type(path: &syn::Path) -> bool {
    path.segments.iter().rev().nth(1).is_some_and(|owner| is_upper(&owner.ident.to_string()))
}

/// The name of one of durafn's own functions or macros: written alone or after `durafn::`.
pub(crate) fn own_name(path: &syn::Path) -> Option<String> {
    match &segments(path)[..] {
        [name] => Some(name.clone()),
        [root, name] if root == "durafn" => Some(name.clone()),
        _ => None,
    }
}

/// The name of a macro of std: written alone or after `std::`.
pub(crate) fn std_name(path: &syn::Path) -> Option<String> {
    match &segments(path)[..] {
        [name] => Some(name.clone()),
        [root, name] if root == "std" || root == "core" || root == "alloc" => Some(name.clone()),
        _ => None,
    }
}

/// The spelling under which a function of std is a builtin.
pub(crate) fn function(path: &syn::Path) -> Option<&'static str> {
    let segments = segments(path);
    let [.., owner, name] = &segments[..] else { return None };
    if name == "default" && is_upper(owner) {
        return Some(Builtin::Default.spelling());
    }
    let spelled = format!("{owner}::{name}");
    Builtin::ALL
        .iter()
        .filter(|builtin| builtin.receiver() == Receiver::Function)
        .map(|builtin| builtin.spelling())
        .find(|spelling| *spelling == spelled)
}
