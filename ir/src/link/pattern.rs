//! Patterns against types.

use super::{Linked, Linker};
use crate::{Literal, Pattern, Span, Tagging, TypeDef, TypeId};

impl Linker<'_> {
    /// A pattern that values of a type are held against; what it binds takes its types.
    pub(super) fn pattern(&mut self, span: Span, pattern: &Pattern, ty: TypeId) -> Linked<()> {
        match pattern {
            Pattern::Wild => Some(()),
            Pattern::Bind(var, inner) => {
                self.bind(span, *var, ty)?;
                inner.as_ref().map_or(Some(()), |inner| self.pattern(span, inner, ty))
            }
            Pattern::Literal(literal) => self.literal_pattern(span, literal, ty),
            Pattern::Range { from, to, inclusive: _ } => {
                from.iter().chain(to).try_for_each(|bound| self.literal_pattern(span, bound, ty))
            }
            Pattern::Tuple(items) => match self.types.get(ty).clone() {
                TypeDef::Tuple(types) if types.len() == items.len() => {
                    items.iter().zip(types).try_for_each(|(item, ty)| self.pattern(span, item, ty))
                }
                TypeDef::Unit if items.is_empty() => Some(()),
                _ => {
                    let name = self.types.name(ty);
                    self.fail(span, format!("a {name} is no tuple of {}", items.len()))
                }
            },
            Pattern::Fields(name, fields) => {
                self.tellable(span, ty)?;
                if fields.is_empty() && !matches!(self.types.get(ty), TypeDef::Tuple(_)) {
                    self.variant_fields(span, ty, name)?;
                }
                fields.iter().try_for_each(|(field, pattern)| {
                    let ty = self.constructed_field(span, ty, name, field)?;
                    self.pattern(span, pattern, ty)
                })
            }
            Pattern::Or(alternatives) => {
                alternatives.iter().try_for_each(|alternative| self.pattern(span, alternative, ty))
            }
        }
    }

    fn literal_pattern(&mut self, span: Span, literal: &Literal, ty: TypeId) -> Linked<()> {
        let typed = self.literal(span, literal, Some(ty))?;
        self.expect(span, ty, typed.ty)
    }

    /// The variant of a value can be told from its JSON.
    fn tellable(&mut self, span: Span, ty: TypeId) -> Linked<()> {
        let message = match self.types.get(ty) {
            TypeDef::Opaque(name) => {
                format!("{name} is opaque and cannot be matched: derive `Data` for it, or match in a `#[task]`")
            }
            TypeDef::Enum(def) if def.tagging == Tagging::Untagged => match def.ambiguous_variants(&self.types) {
                Some((a, b)) => format!(
                    "`{}` is untagged, and its variants `{a}` and `{b}` cannot be told apart by their JSON: use `#[serde(tag = \"..\")]`",
                    def.name
                ),
                None => return Some(()),
            },
            _ => return Some(()),
        };
        self.fail(span, message)
    }
}
