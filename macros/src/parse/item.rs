//! The function itself: its signature, the same for tasks and workflows.

use syn::{ext::IdentExt as _, visit::Visit};

use super::Parser;
use crate::{
    ast::{Param, Signature, Task, TaskAttr, Workflow, WorkflowAttr, is_transaction},
    attr,
    diag::{Collector, catalog},
    places,
};

impl Parser<'_> {
    pub(super) fn workflow(&mut self, attr: WorkflowAttr, item: &syn::ItemFn) -> Workflow {
        let signature = self.signature(item, "workflow");
        let body = self.block(&item.block);
        self.no_token(&signature.params);
        self.no_transaction(&signature.params);
        Workflow { attr, item: signature, body, locals: Vec::new() }
    }

    pub(super) fn task(&mut self, attr: TaskAttr, item: &syn::ItemFn) -> Task {
        let mut signature = self.signature(item, "task");
        for param in signature.params.iter().filter(|param| param.key.is_some()) {
            if !(param.is_payload() || param.is_token() && attr.integration) {
                self.error(&param.ident, catalog::NO_KEY, &[&param.ident.to_string()]);
            }
        }
        for param in signature.params.iter_mut().filter(|param| param.is_payload()) {
            let renamed = attr.rename_all.map(|rule| rule.field(&param.ident.unraw().to_string()));
            param.key = param.key.take().or(renamed);
        }
        if attr.integration {
            self.service_arguments(&attr, &signature);
        }
        match attr.callback {
            true => self.one_token(&signature),
            false => self.no_token(&signature.params),
        }
        match attr.transaction {
            true => self.one_transaction(item, &signature),
            false => self.no_transaction(&signature.params),
        }
        Task { attr, item: signature, blocking: item.sig.asyncness.is_none(), body: (*item.block).clone() }
    }

    /// A callback takes its token by one parameter.
    fn one_token(&self, signature: &Signature) {
        let mut tokens = signature.params.iter().filter(|param| param.is_token());
        match tokens.next() {
            Some(token) if token.completed_with().is_none() => self.error(&token.ty, catalog::TOKEN_TYPE, &[]),
            Some(_) => {}
            None => self.error(&signature.ident, catalog::TOKEN_MISSING, &[]),
        }
        tokens.for_each(|token| self.error(&token.ty, catalog::TOKEN_TWICE, &[]));
    }

    fn no_token(&self, params: &[Param]) {
        let tokens = params.iter().filter(|param| param.is_token());
        tokens.for_each(|token| self.error(&token.ty, catalog::TOKEN_PLACE, &[]));
    }

    /// A transaction takes the file by one parameter, and does not wait.
    fn one_transaction(&self, item: &syn::ItemFn, signature: &Signature) {
        if let Some(asyncness) = &item.sig.asyncness {
            self.error(asyncness, catalog::TRANSACTION_ASYNC, &[]);
        }
        let mut transactions = signature.params.iter().filter(|param| is_transaction(&param.ty));
        if transactions.next().is_none() {
            self.error(&signature.ident, catalog::TRANSACTION_MISSING, &[]);
        }
        transactions.for_each(|param| self.error(&param.ty, catalog::TRANSACTION_PLACE, &[]));
    }

    fn no_transaction(&self, params: &[Param]) {
        let transactions = params.iter().filter(|param| is_transaction(&param.ty));
        transactions.for_each(|param| self.error(&param.ty, catalog::TRANSACTION_PLACE, &[]));
    }

    /// Services take arguments by name, in Pascal case. A lone parameter without a key is the request itself.
    fn service_arguments(&mut self, attr: &TaskAttr, signature: &Signature) {
        let payload: Vec<&Param> = signature.params.iter().filter(|param| param.is_payload()).collect();
        let token = signature.params.iter().find(|param| param.is_token());
        if let [whole] = payload[..]
            && whole.key.is_none()
        {
            if token.is_some() {
                self.error(&whole.ident, catalog::WHOLE_REQUEST, &[&whole.ident.to_string()]);
            }
            return;
        }
        if let Some(token) = token.filter(|token| token.key.is_none()) {
            self.error(&token.ident, catalog::TOKEN_KEY, &[]);
        }
        for param in payload.into_iter().chain(token.filter(|token| token.key.is_some())) {
            let key = param.wire_name();
            if !key.starts_with(|c: char| c.is_ascii_uppercase()) {
                self.error(&param.ident, catalog::SERVICE_ARGUMENT, &[&key]);
            }
        }
        if let Err(misplaced) = places::places(attr, signature) {
            let at = places::param_at(signature, misplaced.place()).map_or(&signature.ident, |param| &param.ident);
            self.error(at, catalog::MISPLACED, &[&misplaced.to_string()]);
        }
    }

    pub(super) fn pure(&mut self, item: &syn::ItemFn) -> Workflow {
        let signature = self.signature(item, "pure function");
        if let Some(asyncness) = &item.sig.asyncness {
            self.error(asyncness, catalog::ASYNC_PURE, &[]);
        }
        Workflow { attr: WorkflowAttr::default(), item: signature, body: self.block(&item.block), locals: Vec::new() }
    }

    fn signature(&mut self, item: &syn::ItemFn, what: &str) -> Signature {
        let syn::Signature { constness, asyncness, safety, abi, ident, generics, inputs, variadic, output, .. } =
            &item.sig;
        if asyncness.is_none() && what == "workflow" {
            self.error(&item.sig.fn_token, catalog::NOT_ASYNC, &[what]);
        }
        if let Some(constness) = constness {
            self.error(constness, catalog::QUALIFIER, &["const", what]);
        }
        if let syn::Safety::Unsafe(token) = safety {
            self.error(token, catalog::QUALIFIER, &["unsafe", what]);
        }
        if let Some(abi) = abi {
            self.error(abi, catalog::QUALIFIER, &["extern", what]);
        }
        if let Some(variadic) = variadic {
            self.error(variadic, catalog::PARAMETER, &[]);
        }
        if !generics.params.is_empty() {
            self.error(&generics.params, catalog::GENERICS, &[what]);
        } else if let Some(clause) = &generics.where_clause {
            self.error(clause, catalog::GENERICS, &[what]);
        }
        let output = match output {
            syn::ReturnType::Default => syn::parse_quote!(()),
            syn::ReturnType::Type(_, ty) => (**ty).clone(),
        };
        check_type(self.diag, &output, "returned");
        Signature {
            attrs: item.attrs.clone(),
            comment: attr::doc_comment(&item.attrs),
            vis: item.vis.clone(),
            ident: ident.clone(),
            params: inputs.iter().filter_map(|input| self.param(input, what)).collect(),
            returns_result: is_result(&output),
            output,
        }
    }

    fn param(&mut self, input: &syn::FnArg, what: &str) -> Option<Param> {
        let typed = match input {
            syn::FnArg::Receiver(receiver) => {
                self.error(receiver, catalog::SELF_PARAMETER, &[what]);
                return None;
            }
            syn::FnArg::Typed(typed) => typed,
        };
        let resource = what == "task" && typed.attrs.iter().any(|attr| attr.path().is_ident("resource"));
        let mut key = None;
        for attr in &typed.attrs {
            let renamed = if what == "task" { renamed(attr) } else { None };
            if renamed.is_some() {
                key = renamed;
            } else if !(resource && attr.path().is_ident("resource")) {
                self.error(attr, catalog::PARAMETER_ATTRIBUTE, &[]);
            }
        }
        let syn::Pat::Ident(syn::PatIdent { by_ref: None, subpat: None, mutability, ident, .. }) = &*typed.pat else {
            self.error(&typed.pat, catalog::PARAMETER, &[]);
            return None;
        };
        // A pure function is called within an expression, where a reference is as good as a value.
        let passed = match &*typed.ty {
            syn::Type::Reference(reference) if what == "pure function" && reference.mutability.is_none() => {
                &reference.elem
            }
            ty => ty,
        };
        if !is_transaction(passed) {
            check_type(self.diag, passed, "passed");
        }
        Some(Param { ident: ident.clone(), mutable: mutability.is_some(), ty: (*typed.ty).clone(), resource, key })
    }
}

/// The name in `#[serde(rename = "..")]`, where nothing else stands.
fn renamed(attr: &syn::Attribute) -> Option<String> {
    let syn::MetaNameValue { path, value, .. } =
        attr.path().is_ident("serde").then(|| attr.parse_args().ok()).flatten()?;
    match value {
        syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(name), .. }) if path.is_ident("rename") => Some(name.value()),
        _ => None,
    }
}

/// The type is spelled `Result<..>`.
fn is_result(ty: &syn::Type) -> bool {
    matches!(ty, syn::Type::Path(ty) if ty.path.segments.last().is_some_and(|last| last.ident == "Result"))
}

/// What crosses the boundary of a function is owned data of a type with a name.
fn check_type(diag: &Collector, ty: &syn::Type, how: &str) {
    struct Finder<'d>(&'d Collector, &'d str);
    impl Visit<'_> for Finder<'_> {
        fn visit_type_reference(&mut self, ty: &syn::TypeReference) {
            self.0.report_at(ty, catalog::REFERENCE_TYPE, &[self.1]);
        }
        fn visit_type_impl_trait(&mut self, ty: &syn::TypeImplTrait) {
            self.0.report_at(ty, catalog::ABSTRACT_TYPE, &[self.1]);
        }
        fn visit_type_trait_object(&mut self, ty: &syn::TypeTraitObject) {
            self.0.report_at(ty, catalog::ABSTRACT_TYPE, &[self.1]);
        }
        fn visit_type_infer(&mut self, ty: &syn::TypeInfer) {
            self.0.report_at(ty, catalog::ABSTRACT_TYPE, &[self.1]);
        }
    }
    Finder(diag, how).visit_type(ty);
}
