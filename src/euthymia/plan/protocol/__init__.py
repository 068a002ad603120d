"""Protocols: what is given in a session, as an algebra, a cited catalogue, and a check.

| module                                          | what it holds                                  |
|-------------------------------------------------|------------------------------------------------|
| `pulses`, `intervals`, `dosing`, `algebra`      | `Pulse -> Burst -> Train -> Block -> Protocol` |
| `timeline`                                      | the time of every pulse; blocks for a drawing  |
| `schema`                                        | protocols as JSON, and their JSON Schema       |
| `catalogue`, `courses`                          | what is cleared and published, with sources    |
| `limits`, `stimulators`, `policy`               | safety tables, devices, what a check does      |
| `session_limits`                                | the same limits while a session runs           |
| `check` (with `case`, `matching`, `check_*`)    | all findings about giving a protocol           |
| `reference`                                     | catalogue and limits as Markdown               |
"""
