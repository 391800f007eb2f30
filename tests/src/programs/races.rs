//! `race!`.

use durafn::prelude::*;
use durafn_tests::agrees;

use super::tasks::{Trouble, attempt, double, fails_first, greet, hangs_first, note};

#[workflow]
async fn the_faster_timer_wins(a: u64, b: u64) -> String {
    race!(
        async {
            sleep(Duration::from_secs(a)).await;
            greet("a".to_string()).await
        },
        async {
            sleep(Duration::from_secs(b)).await;
            format!("b after {b}")
        },
    )
}
agrees!(the_faster_timer_wins [{"a": 1, "b": 2}, {"a": 3, "b": 2}]);

#[workflow]
async fn a_failure_can_be_first(how: String) -> Result<u64, Trouble> {
    let n = race!(attempt(how.clone()), async {
        sleep(Duration::from_secs(5)).await;
        note("slow".to_string()).await;
        Ok(7)
    })?;
    Ok(n + 1)
}
agrees!(a_failure_can_be_first ["abc", "busy", "lost", "panic"]);

#[workflow]
async fn timers_in_three_branches(a: u64, b: u64, c: u64) -> Result<Vec<String>, Trouble> {
    let mut seen = Vec::new();
    let won = race!(
        async {
            sleep(Duration::from_secs(a)).await;
            note("a".to_string()).await;
            sleep(Duration::from_secs(a)).await;
            Ok("a".to_string())
        },
        async {
            sleep(Duration::from_secs(b)).await;
            if b % 2 == 1 {
                return Err(Trouble::Busy { seconds: b });
            }
            Ok(format!("b{b}"))
        },
        async {
            for _ in 0..3 {
                sleep(Duration::from_secs(c)).await;
                note("c".to_string()).await;
            }
            Ok("c".to_string())
        },
    );
    match won {
        Ok(name) => seen.push(name),
        Err(Trouble::Busy { seconds }) => seen.push(format!("busy {seconds}")),
        Err(e) => return Err(e),
    }
    seen.push("end".to_string());
    Ok(seen)
}
agrees!(timers_in_three_branches [
    {"a": 1, "b": 4, "c": 5}, {"a": 6, "b": 4, "c": 5}, {"a": 6, "b": 5, "c": 5}, {"a": 9, "b": 20, "c": 5}
]);

#[derive(Serialize, Deserialize, Data, Clone, Debug, PartialEq)]
#[serde(rename_all = "camelCase")]
enum Found {
    Nothing,
    Text(String),
    Both { left_side: Vec<u64>, right: Option<String> },
}

#[workflow]
async fn winners_of_every_shape(which: u64) -> Found {
    race!(
        async {
            sleep(Duration::from_secs(which)).await;
            if which == 0 { Found::Nothing } else { Found::Text("say \"ä\"\n".to_string()) }
        },
        async {
            sleep(Duration::from_secs(2)).await;
            Found::Both { left_side: vec![7], right: None }
        },
    )
}
agrees!(winners_of_every_shape [0, 1, 3]);

#[workflow]
async fn winners_that_json_could_flatten(n: u64) -> (Vec<Vec<u64>>, Option<u64>, String) {
    let lists = race!(async { if n > 0 { vec![vec![n]] } else { vec![] } }, async {
        sleep(Duration::from_secs(1)).await;
        vec![]
    });
    let none = race!(
        async {
            sleep(Duration::from_secs(1)).await;
            if n == 1 { Some(n) } else { None }
        },
        async {
            sleep(Duration::from_secs(9)).await;
            Some(0)
        }
    );
    let text = race!(
        async {
            sleep(Duration::from_secs(1)).await;
            format!("{n}")
        },
        async {
            sleep(Duration::from_secs(9)).await;
            String::new()
        }
    );
    (lists, none, text)
}
agrees!(winners_that_json_could_flatten [0, 1, 2]);

#[workflow]
async fn a_winner_too_large(n: u64) -> Result<u64, Trouble> {
    let words = race!(
        async {
            let words = vec!["abcdefg".to_string(); n as usize];
            sleep(Duration::from_secs(1)).await;
            Ok(words)
        },
        async {
            sleep(Duration::from_secs(60)).await;
            Err(Trouble::NotFound)
        },
    )?;
    Ok(words.len() as u64)
}
agrees!(a_winner_too_large [10, 3276, 3277, 5000]);

#[workflow]
async fn a_race_nobody_reads(a: u64) -> u64 {
    race!(
        async {
            sleep(Duration::from_secs(a)).await;
        },
        async {
            sleep(Duration::from_secs(3)).await;
            note("three".to_string()).await;
        },
    );
    timeout(Duration::from_secs(9), async {
        sleep(Duration::from_secs(a)).await;
    })
    .await;
    a
}
agrees!(a_race_nobody_reads [1, 5, 10]);

#[workflow]
async fn races_in_races(a: u64, b: u64) -> Result<u64, Trouble> {
    race!(
        async {
            let n = race!(
                async {
                    sleep(Duration::from_secs(a)).await;
                    Ok(double(a).await)
                },
                async {
                    sleep(Duration::from_secs(4)).await;
                    attempt("busy".to_string()).await
                },
            )?;
            sleep(Duration::from_secs(1)).await;
            Ok(n)
        },
        async {
            sleep(Duration::from_secs(b)).await;
            Ok(1000)
        },
    )
}
agrees!(races_in_races [{"a": 2, "b": 9}, {"a": 5, "b": 9}, {"a": 2, "b": 1}]);

#[workflow]
async fn a_race_for_each(delays: Vec<u64>) -> Result<Vec<u64>, Trouble> {
    map(delays, |delay| async move {
        let won = race!(
            async {
                sleep(Duration::from_secs(delay)).await;
                attempt("abc".to_string()).await
            },
            async {
                sleep(Duration::from_secs(4)).await;
                if delay > 7 { Err(Trouble::Refused("slow".to_string())) } else { Ok(0) }
            },
        )?;
        Ok(won + delay)
    })
    .concurrency(2)
    .await
}
agrees!(a_race_for_each [[], [1, 5], [5, 1, 3], [1, 9]]);

#[workflow]
async fn a_join_in_a_race(limit: u64) -> Result<u64, Trouble> {
    let n = race!(
        async {
            let (a, b) = try_join!(
                async {
                    sleep(Duration::from_secs(2)).await;
                    attempt("abc".to_string()).await
                },
                async {
                    sleep(Duration::from_secs(3)).await;
                    Ok(double(4).await)
                },
            )?;
            Ok(a + b)
        },
        async {
            sleep(Duration::from_secs(limit)).await;
            Ok(0)
        },
    )?;
    Ok(n + 1)
}
agrees!(a_join_in_a_race [1, 5]);

#[workflow]
async fn races_in_a_join(a: u64) -> (u64, Result<u64, Trouble>) {
    join!(
        async {
            race!(
                async {
                    sleep(Duration::from_secs(a)).await;
                    double(a).await
                },
                async {
                    sleep(Duration::from_secs(3)).await;
                    33
                },
            )
        },
        timeout(Duration::from_secs(4), async {
            sleep(Duration::from_secs(a)).await;
            attempt("abcd".to_string()).await
        }),
    )
}
agrees!(races_in_a_join [1, 5]);

#[workflow]
async fn a_race_in_a_loop(rounds: u64) -> Result<u64, Trouble> {
    let mut total = 0;
    for round in 0..rounds {
        let step = race!(
            async {
                sleep(Duration::from_secs(round * 2)).await;
                Ok(double(round).await)
            },
            async {
                sleep(Duration::from_secs(3)).await;
                attempt("abcde".to_string()).await
            },
        )?;
        total += step;
        if total > 6 {
            break;
        }
    }
    Ok(total)
}
agrees!(a_race_in_a_loop [0, 1, 2, 5]);

#[workflow]
async fn an_endless_loser(limit: u64) -> u64 {
    let mut rounds = 0;
    race!(
        async {
            sleep(Duration::from_secs(limit)).await;
        },
        async {
            loop {
                sleep(Duration::from_secs(7)).await;
                note("still here".to_string()).await;
                if limit > 1_000 {
                    break;
                }
            }
        },
    );
    rounds += limit;
    rounds
}
agrees!(an_endless_loser [3, 20]);

#[workflow]
async fn a_task_that_hangs_loses(times: u32) -> Result<u32, Trouble> {
    race!(hangs_first(times), async {
        sleep(Duration::from_secs(30)).await;
        Ok(30)
    })
}
agrees!(a_task_that_hangs_loses [0, 1]);

#[workflow]
async fn a_failing_expression_can_be_first(d: u64) -> u64 {
    race!(
        async {
            sleep(Duration::from_secs(1)).await;
            10 / d
        },
        async {
            sleep(Duration::from_secs(3)).await;
            1
        },
    )
}
agrees!(a_failing_expression_can_be_first [2, 0]);

#[workflow]
async fn racing_branches_read_what_is_around_them(n: u64, name: String) -> Result<String, Trouble> {
    let mut prefix = greet(name.clone()).await;
    prefix.push_str("!");
    let (x, y) = race!(
        async {
            let mut mine = n;
            mine += 1;
            sleep(Duration::from_secs(mine)).await;
            Ok((mine, prefix.clone()))
        },
        async {
            sleep(Duration::from_secs(4)).await;
            let length = attempt(prefix.clone()).await?;
            Ok((length, name.clone()))
        },
    )?;
    Ok(format!("{prefix} {x} {y}"))
}
agrees!(racing_branches_read_what_is_around_them [{"n": 1, "name": "a"}, {"n": 5, "name": "b"}]);

#[workflow]
async fn branches_with_retries_race(times: u32) -> Result<u32, Trouble> {
    race!(fails_first(times).retry(Retry::on("Busy").attempts(3).interval(Duration::from_secs(2))), async {
        sleep(Duration::from_secs(5)).await;
        Ok(50)
    },)
}
agrees!(branches_with_retries_race [0, 1, 2, 3]);

#[workflow]
async fn a_winner_whose_value_is_computed_with(n: u64) -> u64 {
    let won = race!(double(n), async {
        sleep(Duration::from_secs(1)).await;
        0
    });
    let less = won - 4;
    less + 1
}
agrees!(a_winner_whose_value_is_computed_with [5, 1]);
