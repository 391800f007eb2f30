//! What the attributes can say and nothing carries out yet: an error, so that nobody relies on it.

use proc_macro2::Ident;

use crate::{
    ast::TaskAttr,
    diag::{Collector, Diagnostics, catalog},
};

/// Arguments of `#[task(..)]`.
pub(crate) fn task(attr: &TaskAttr, name: &Ident) -> Result<(), Diagnostics> {
    let token = "write a `callback` task whose body calls the service, and leave `resource` out";
    let asked = [(attr.callback && attr.resource.is_some(), "a `callback` task with a `resource`", token)];
    report(name, &asked)
}

fn report(name: &Ident, asked: &[(bool, &str, &str)]) -> Result<(), Diagnostics> {
    let diag = Collector::new();
    for (_, what, instead) in asked.iter().filter(|(asked, ..)| *asked) {
        diag.report_at(name, catalog::NOT_BUILT, &[what, instead]);
    }
    diag.finish()
}
