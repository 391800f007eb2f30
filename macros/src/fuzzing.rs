//! Any source file, compiled: programs with damaged tokens are fed to it. No pass may panic.

use proc_macro2::TokenStream;
use quote::ToTokens as _;
use syn::{Attribute, Item, Meta};

use crate::{compile, derive};

/// Expands every macro of ours in a source file. Yields how many there were.
fn file(source: &str) -> usize {
    let Ok(file) = syn::parse_file(source) else { return 0 };
    file.items.into_iter().map(item).sum()
}

fn item(item: Item) -> usize {
    match item {
        Item::Fn(mut function) => {
            let ours = function.attrs.iter().position(|attr| expander(attr).is_some());
            let Some(attr) = ours.map(|at| function.attrs.remove(at)) else { return 0 };
            let Some(expand) = expander(&attr) else { return 0 };
            let arguments = match attr.meta {
                Meta::List(list) => list.tokens,
                Meta::Path(_) | Meta::NameValue(_) => TokenStream::new(),
            };
            expand(arguments, function.into_token_stream());
            1
        }
        Item::Struct(_) | Item::Enum(_) => {
            derive::data(item.to_token_stream());
            derive::failure(item.into_token_stream());
            2
        }
        Item::Mod(module) => module.content.into_iter().flat_map(|(_, items)| items).map(self::item).sum(),
        _ => 0,
    }
}

/// What expands an attribute, where it is one of ours.
fn expander(attr: &Attribute) -> Option<fn(TokenStream, TokenStream) -> TokenStream> {
    let name = attr.path().segments.last()?.ident.to_string();
    Some(match name.as_str() {
        "workflow" => compile::workflow,
        "task" => compile::task,
        "pure" => compile::pure,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use std::{fs, path::Path};

    use proc_macro2::{Group, TokenTree};

    use super::*;

    /// Numbers that look like chance, the same each time.
    struct Dice(u64);

    impl Dice {
        fn below(&mut self, end: usize) -> usize {
            self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (self.0 >> 33) as usize % end.max(1)
        }
    }

    /// Takes out, doubles or swaps tokens, or puts in some of another place.
    fn damaged(tokens: TokenStream, pool: &[TokenTree], dice: &mut Dice) -> TokenStream {
        let mut trees: Vec<TokenTree> = tokens.into_iter().collect();
        if trees.is_empty() {
            return TokenStream::new();
        }
        let at = dice.below(trees.len());
        let groups: Vec<usize> = (0..trees.len()).filter(|at| matches!(trees[*at], TokenTree::Group(_))).collect();
        if !groups.is_empty() && dice.below(8) > 0 {
            let at = groups[dice.below(groups.len())];
            if let TokenTree::Group(group) = &trees[at] {
                trees[at] = Group::new(group.delimiter(), damaged(group.stream(), pool, dice)).into();
            }
            return trees.into_iter().collect();
        }
        match dice.below(4) {
            0 => drop(trees.remove(at)),
            1 => trees.insert(at, trees[at].clone()),
            2 => {
                let other = dice.below(trees.len());
                trees.swap(at, other);
            }
            _ => trees[at] = pool[dice.below(pool.len())].clone(),
        }
        trees.into_iter().collect()
    }

    /// Every token of a text, and every group.
    fn all(tokens: TokenStream, into: &mut Vec<TokenTree>) {
        for tree in tokens {
            if let TokenTree::Group(group) = &tree {
                all(group.stream(), into);
            }
            into.push(tree);
        }
    }

    #[test]
    fn damaged_programs_are_refused_or_compiled_and_nothing_panics() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/src/programs");
        let rounds = 8 * std::env::var("DURAFN_FUZZ_ROUNDS").map_or(1, |times| times.parse().expect("a number"));
        let mut dice = Dice(47);
        let mut compiled = 0;
        for entry in fs::read_dir(folder).expect("the programs of the agreement tests") {
            let source = fs::read_to_string(entry.expect("an entry").path()).expect("a file");
            let mut pool = Vec::new();
            all(source.parse().expect("Rust"), &mut pool);
            for item in syn::parse_file(&source).expect("Rust").items {
                for _ in 0..rounds {
                    let text = damaged(item.to_token_stream(), &pool, &mut dice).to_string();
                    compiled += file(&text);
                }
            }
        }
        assert!(compiled > 500, "{compiled}");
    }
}
