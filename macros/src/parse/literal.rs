//! Literals.

use durafn_ir::Literal;

use super::Parser;
use crate::diag::catalog;

/// Past it a JSON number is not exact.
const LARGEST_EXACT: i128 = durafn_ir::MAX_EXACT_INT;

/// Suffixes of integers that a machine has no type for.
const WIDE: [&str; 2] = ["u128", "i128"];

impl Parser<'_> {
    /// The value of a literal; unit in place of what a machine cannot hold.
    pub(super) fn literal(&mut self, lit: &syn::Lit) -> Literal {
        match lit {
            syn::Lit::Str(lit) => Literal::Str(lit.value()),
            syn::Lit::Char(lit) => Literal::Char(lit.value()),
            syn::Lit::Bool(lit) => Literal::Bool(lit.value),
            syn::Lit::Int(lit) if lit.suffix().starts_with('f') => self.float(lit, lit.base10_parse()),
            syn::Lit::Int(lit) => self.int(lit),
            syn::Lit::Float(lit) => self.float(lit, lit.base10_parse()),
            other => {
                self.error(other, catalog::LITERAL, &[]);
                Literal::Unit
            }
        }
    }

    fn int(&mut self, lit: &syn::LitInt) -> Literal {
        match lit.base10_parse::<i128>() {
            Ok(value) if value.abs() <= LARGEST_EXACT && !WIDE.contains(&lit.suffix()) => Literal::Int(value),
            _ => {
                self.error(lit, catalog::WIDE_INTEGER, &[&lit.to_string()]);
                Literal::Int(0)
            }
        }
    }

    fn float(&mut self, tokens: &impl quote::ToTokens, value: syn::Result<f64>) -> Literal {
        match value {
            Ok(value) if value.is_finite() => Literal::Float(value),
            _ => {
                self.error(tokens, catalog::LITERAL, &[]);
                Literal::Float(0.0)
            }
        }
    }
}
