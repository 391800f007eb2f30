//! What a parameter is, by how its type is spelled.

use syn::ext::IdentExt as _;

use super::Param;

impl Param {
    /// Part of the input, and not the engine's to give.
    pub(crate) fn is_payload(&self) -> bool {
        !self.resource && !self.is_spelled("TaskContext") && !self.is_token() && !is_transaction(&self.ty)
    }

    /// The token of a callback.
    pub(crate) fn is_token(&self) -> bool {
        !self.resource && self.is_spelled("TaskToken")
    }

    /// Its key where several are sent.
    pub(crate) fn wire_name(&self) -> String {
        self.key.clone().unwrap_or_else(|| self.ident.unraw().to_string())
    }

    /// The name of the type ends so, as the user spells it.
    pub(crate) fn is_spelled(&self, name: &str) -> bool {
        self.last_segment().is_some_and(|last| last.ident == name)
    }

    /// Of a `TaskToken<T>`, the `T`.
    pub(crate) fn completed_with(&self) -> Option<&syn::Type> {
        let last = self.last_segment().filter(|last| last.ident == "TaskToken")?;
        match &last.arguments {
            syn::PathArguments::AngleBracketed(arguments) => match arguments.args.first()? {
                syn::GenericArgument::Type(ty) => Some(ty),
                _ => None,
            },
            _ => None,
        }
    }

    fn last_segment(&self) -> Option<&syn::PathSegment> {
        match &self.ty {
            syn::Type::Path(ty) => ty.path.segments.last(),
            _ => None,
        }
    }
}

/// The type is a reference to what is spelled `Transaction`.
pub(crate) fn is_transaction(ty: &syn::Type) -> bool {
    let syn::Type::Reference(reference) = ty else { return false };
    match &*reference.elem {
        syn::Type::Path(ty) => ty.path.segments.last().is_some_and(|last| last.ident == "Transaction"),
        _ => false,
    }
}
