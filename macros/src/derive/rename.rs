//! serde's `rename_all` rules.

use syn::LitStr;

/// A rule.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Rename {
    #[default]
    None,
    Lower,
    Upper,
    Pascal,
    Camel,
    Snake,
    ScreamingSnake,
    Kebab,
    ScreamingKebab,
}

const RULES: [(&str, Rename); 8] = [
    ("lowercase", Rename::Lower),
    ("UPPERCASE", Rename::Upper),
    ("PascalCase", Rename::Pascal),
    ("camelCase", Rename::Camel),
    ("snake_case", Rename::Snake),
    ("SCREAMING_SNAKE_CASE", Rename::ScreamingSnake),
    ("kebab-case", Rename::Kebab),
    ("SCREAMING-KEBAB-CASE", Rename::ScreamingKebab),
];

impl Rename {
    pub(crate) fn parse(rule: &LitStr) -> syn::Result<Rename> {
        let text = rule.value();
        let known = RULES.iter().find(|(name, _)| *name == text);
        known.map(|(_, rule)| *rule).ok_or_else(|| {
            let names: Vec<String> = RULES.iter().map(|(name, _)| format!("`{name}`")).collect();
            syn::Error::new(rule.span(), format!("serde knows no rule `{text}`, but {}", names.join(", ")))
        })
    }

    /// Of a variant, which is written `LikeThis`.
    pub(super) fn variant(self, name: &str) -> String {
        match self {
            Rename::None | Rename::Pascal => name.to_owned(),
            Rename::Lower => name.to_ascii_lowercase(),
            Rename::Upper => name.to_ascii_uppercase(),
            Rename::Camel => lower_first(name),
            Rename::Snake => snake(name),
            Rename::ScreamingSnake => snake(name).to_ascii_uppercase(),
            Rename::Kebab => snake(name).replace('_', "-"),
            Rename::ScreamingKebab => snake(name).to_ascii_uppercase().replace('_', "-"),
        }
    }

    /// Of a field, which is written `like_this`.
    pub(crate) fn field(self, name: &str) -> String {
        match self {
            Rename::None | Rename::Lower | Rename::Snake => name.to_owned(),
            Rename::Upper | Rename::ScreamingSnake => name.to_ascii_uppercase(),
            Rename::Pascal => pascal(name),
            Rename::Camel => lower_first(&pascal(name)),
            Rename::Kebab => name.replace('_', "-"),
            Rename::ScreamingKebab => name.to_ascii_uppercase().replace('_', "-"),
        }
    }
}

fn lower_first(name: &str) -> String {
    let mut chars = name.chars();
    chars.next().map(|first| first.to_ascii_lowercase()).into_iter().chain(chars).collect()
}

fn snake(name: &str) -> String {
    let mut snake = String::new();
    for (index, c) in name.char_indices() {
        if index > 0 && c.is_uppercase() {
            snake.push('_');
        }
        snake.push(c.to_ascii_lowercase());
    }
    snake
}

fn pascal(name: &str) -> String {
    name.split('_')
        .flat_map(|word| {
            let mut chars = word.chars();
            chars.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(chars)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_are_those_of_serde() {
        // Expected values are from serde_derive's own tests.
        let rows = [
            (
                "VeryTasty",
                "very_tasty",
                "verytasty",
                "VERYTASTY",
                "veryTasty",
                "VERY_TASTY",
                "very-tasty",
                "VERY-TASTY",
            ),
            ("Z42", "z42", "z42", "Z42", "z42", "Z42", "z42", "Z42"),
        ];
        for (original, snake, lower, upper, camel, screaming, kebab, screaming_kebab) in rows {
            assert_eq!(Rename::Snake.variant(original), snake);
            assert_eq!(Rename::Lower.variant(original), lower);
            assert_eq!(Rename::Upper.variant(original), upper);
            assert_eq!(Rename::Camel.variant(original), camel);
            assert_eq!(Rename::ScreamingSnake.variant(original), screaming);
            assert_eq!(Rename::Kebab.variant(original), kebab);
            assert_eq!(Rename::ScreamingKebab.variant(original), screaming_kebab);
            assert_eq!(Rename::Pascal.field(snake), original);
            assert_eq!(Rename::Camel.field(snake), camel);
            assert_eq!(Rename::ScreamingSnake.field(snake), screaming);
            assert_eq!(Rename::Kebab.field(snake), kebab);
        }
    }
}
