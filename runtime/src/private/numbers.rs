//! Methods of numbers: checked, exact in a double, finite.

use super::{eval::raise, on::On, ops::Number};

/// What numbers have because they are ordered.
macro_rules! ordered {
    ($ty:ty) => {
        pub fn min(self, other: $ty) -> $ty {
            self.0.min(other)
        }

        pub fn max(self, other: $ty) -> $ty {
            self.0.max(other)
        }

        pub fn clamp(self, min: $ty, max: $ty) -> $ty {
            if min > max {
                raise(format!("`clamp` between {min} and {max}: the lower bound is above the upper"));
            }
            self.0.clamp(min, max)
        }
    };
}

macro_rules! integers {
    ($($ty:ty)*) => {$(
        impl On<$ty> {
            fn or_overflow(self, method: &str, value: Option<$ty>) -> $ty {
                match value {
                    Some(value) => value.exact(),
                    None => raise(format!("`{method}` of {} overflows {}, or divides by zero", self.0, stringify!($ty))),
                }
            }

            pub fn pow(self, exponent: u32) -> $ty {
                let value = self.0.checked_pow(exponent);
                self.or_overflow("pow", value)
            }

            ordered!($ty);

            pub fn div_euclid(self, other: $ty) -> $ty {
                let value = self.0.checked_div_euclid(other);
                self.or_overflow("div_euclid", value)
            }

            pub fn rem_euclid(self, other: $ty) -> $ty {
                let value = self.0.checked_rem_euclid(other);
                self.or_overflow("rem_euclid", value)
            }

            pub fn checked_add(self, other: $ty) -> Option<$ty> {
                self.0.checked_add(other).map(Number::exact)
            }

            pub fn checked_sub(self, other: $ty) -> Option<$ty> {
                self.0.checked_sub(other).map(Number::exact)
            }

            pub fn checked_mul(self, other: $ty) -> Option<$ty> {
                self.0.checked_mul(other).map(Number::exact)
            }

            pub fn checked_div(self, other: $ty) -> Option<$ty> {
                self.0.checked_div(other).map(Number::exact)
            }

            pub fn checked_rem(self, other: $ty) -> Option<$ty> {
                self.0.checked_rem(other).map(Number::exact)
            }

            pub fn checked_neg(self) -> Option<$ty> {
                self.0.checked_neg().map(Number::exact)
            }

            pub fn saturating_add(self, other: $ty) -> $ty {
                self.0.saturating_add(other).exact()
            }

            pub fn saturating_sub(self, other: $ty) -> $ty {
                self.0.saturating_sub(other).exact()
            }

            pub fn saturating_mul(self, other: $ty) -> $ty {
                self.0.saturating_mul(other).exact()
            }
        }
    )*};
}

integers!(u8 u16 u32 u64 usize i8 i16 i32 i64 isize);

macro_rules! unsigned {
    ($($ty:ty)*) => {$(
        impl On<$ty> {
            pub fn abs_diff(self, other: $ty) -> $ty {
                self.0.abs_diff(other).exact()
            }

            pub fn div_ceil(self, other: $ty) -> $ty {
                let value = (other != 0).then(|| self.0.div_ceil(other));
                self.or_overflow("div_ceil", value)
            }
        }
    )*};
}

unsigned!(u8 u16 u32 u64 usize);

macro_rules! signed {
    ($($ty:ty, $unsigned:ty;)*) => {$(
        impl On<$ty> {
            pub fn abs(self) -> $ty {
                let value = self.0.checked_abs();
                self.or_overflow("abs", value)
            }

            pub fn abs_diff(self, other: $ty) -> $unsigned {
                self.0.abs_diff(other).exact()
            }

            pub fn signum(self) -> $ty {
                self.0.signum()
            }

            pub fn unsigned_abs(self) -> $unsigned {
                self.0.unsigned_abs().exact()
            }
        }
    )*};
}

signed!(i8, u8; i16, u16; i32, u32; i64, u64; isize, usize;);

macro_rules! floats {
    ($($ty:ty)*) => {$(
        impl On<$ty> {
            pub fn abs(self) -> $ty {
                self.0.abs()
            }

            pub fn floor(self) -> $ty {
                self.0.floor()
            }

            pub fn ceil(self) -> $ty {
                self.0.ceil()
            }

            pub fn round(self) -> $ty {
                self.0.round()
            }

            pub fn trunc(self) -> $ty {
                self.0.trunc()
            }

            pub fn sqrt(self) -> $ty {
                self.0.sqrt().exact()
            }

            /// Multiplied from left to right: std leaves open how it rounds.
            pub fn powi(self, exponent: i32) -> $ty {
                let power = (0..exponent.unsigned_abs()).fold(1.0, |power: $ty, _| (power * self.0).exact());
                if exponent < 0 { (1.0 / power).exact() } else { power }
            }

            /// JSON has no zero below zero.
            pub fn signum(self) -> $ty {
                if self.0 < 0.0 { -1.0 } else { 1.0 }
            }

            ordered!($ty);
        }
    )*};
}

floats!(f32 f64);
