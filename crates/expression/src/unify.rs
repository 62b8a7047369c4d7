//! Which types go with which, and what type parameters come to (cel-go's `checker/types.go`).

use crate::types::Type;

/// What the parameters that were met stand for, by their number.
#[derive(Clone, Debug, Default)]
pub(crate) struct Mapping(Vec<Option<Type>>);

impl Mapping {
    /// A parameter that stands for nothing yet.
    pub(crate) fn fresh(&mut self) -> Type {
        self.0.push(None);
        Type::Var(u32::try_from(self.0.len() - 1).unwrap_or(u32::MAX))
    }

    fn find(&self, of: &Type) -> Option<&Type> {
        match of {
            Type::Var(number) => self.0.get(*number as usize)?.as_ref(),
            _ => None,
        }
    }

    fn set(&mut self, of: &Type, to: Type) {
        if let Type::Var(number) = of
            && let Some(place) = self.0.get_mut(*number as usize)
        {
            *place = Some(to);
        }
    }

    /// The type with what its parameters stand for; those that stand for nothing become `dyn`
    /// where that is wanted.
    pub(crate) fn substitute(&self, of: &Type, to_dyn: bool) -> Type {
        if let Some(found) = self.find(of) {
            return self.substitute(found, to_dyn);
        }
        if to_dyn && of.is_param() {
            return Type::Dyn;
        }
        of.with_params(|param| self.substitute(param, to_dyn))
    }

    /// Whether a value of `one` can be where `other` is wanted; what that says of parameters is
    /// kept if so.
    pub(crate) fn is_assignable(&mut self, one: &Type, other: &Type) -> bool {
        self.all_assignable(&[one], &[other])
    }

    pub(crate) fn all_assignable(&mut self, ones: &[&Type], others: &[&Type]) -> bool {
        let before = self.clone();
        let is = ones.len() == others.len()
            && ones.iter().zip(others).all(|(one, other)| self.assign(one, other));
        if !is {
            *self = before;
        }
        is
    }

    fn assign(&mut self, one: &Type, other: &Type) -> bool {
        if other.is_param() {
            let (is_valid, has_substitution) = self.substitutes(one, other);
            if is_valid {
                return true;
            }
            if has_substitution {
                return false;
            }
        }
        if one.is_param() {
            return self.substitutes(other, one).0;
        }
        if one.is_dyn_or_error() || other.is_dyn_or_error() {
            return true;
        }
        match (one, other) {
            (Type::Null, of) | (of, Type::Null) => is_nullable(of),
            (Type::List(one), Type::List(other)) => self.assign(one, other),
            (Type::Map(one), Type::Map(other)) => {
                self.assign(&one.0, &other.0) && self.assign(&one.1, &other.1)
            }
            (Type::Type(_), Type::Type(_)) => true,
            (Type::Opaque(one, of), Type::Opaque(other, other_of)) => {
                one == other
                    && of.len() == other_of.len()
                    && of.iter().zip(other_of.iter()).all(|(one, other)| self.assign(one, other))
            }
            (one, other) => one == other,
        }
    }

    /// Whether `of` can stand for the parameter, and whether the parameter stood for something.
    fn substitutes(&mut self, of: &Type, parameter: &Type) -> (bool, bool) {
        if of == parameter {
            return (true, true);
        }
        if let Some(found) = self.find(parameter).cloned() {
            if *of == found {
                return (true, true);
            }
            if self.assign(of, &found) {
                let general = if is_no_more_specific(of, &found) { of.clone() } else { found };
                if self.is_free_of(parameter, &general) {
                    self.set(parameter, general);
                }
                return (true, true);
            }
            return (false, true);
        }
        if self.is_free_of(parameter, of) {
            self.set(parameter, of.clone());
            return (true, false);
        }
        (false, false)
    }

    /// Whether the parameter is not within a type.
    fn is_free_of(&self, parameter: &Type, within: &Type) -> bool {
        if parameter == within {
            return false;
        }
        if within.is_param() {
            return self.find(within).is_none_or(|found| self.is_free_of(parameter, found));
        }
        within.params().into_iter().all(|param| self.is_free_of(parameter, param))
    }
}

fn is_nullable(of: &Type) -> bool {
    matches!(of, Type::Null | Type::Opaque(..) | Type::Object(_) | Type::Duration | Type::Timestamp)
}

/// Whether the first type says no more than the second.
fn is_no_more_specific(one: &Type, other: &Type) -> bool {
    if matches!(one, Type::Dyn) || one.is_param() {
        return true;
    }
    if matches!(other, Type::Dyn) || other.is_param() {
        return false;
    }
    match (one, other) {
        (Type::List(one), Type::List(other)) => is_no_more_specific(one, other),
        (Type::Map(one), Type::Map(other)) => {
            is_no_more_specific(&one.0, &other.0) && is_no_more_specific(&one.1, &other.1)
        }
        (Type::Opaque(one, of), Type::Opaque(other, other_of)) => {
            one == other
                && of.len() == other_of.len()
                && of
                    .iter()
                    .zip(other_of.iter())
                    .all(|(one, other)| is_no_more_specific(one, other))
        }
        (Type::Type(_), Type::Type(_)) => true,
        (one, other) => one == other,
    }
}

/// The more general of two types.
pub(crate) fn most_general(one: &Type, other: &Type) -> Type {
    if is_no_more_specific(one, other) { one.clone() } else { other.clone() }
}
