// ISO weeks in UTC, such as 2026-W48. Source: ISO 8601, 3.1.1.23 and 5.2.3; the week has the year of its Thursday.
const DAY = 86_400_000

function monday (moment) {
  const at = new Date(moment)
  const midnight = Date.UTC(at.getUTCFullYear(), at.getUTCMonth(), at.getUTCDate())
  return midnight - (at.getUTCDay() + 6) % 7 * DAY
}

export function epochOf (moment) {
  const first = monday(moment)
  const year = new Date(first + 3 * DAY).getUTCFullYear()
  const week = Math.round((first - monday(Date.UTC(year, 0, 4))) / (7 * DAY)) + 1
  return `${year}-W${String(week).padStart(2, '0')}`
}

export function coming (moment, count = 4) {
  return Array.from({ length: count }, (_, at) => epochOf(monday(moment) + (at + 1) * 7 * DAY))
}

export function beginsAt (epoch) {
  const [year, week] = epoch.split('-W').map(Number)
  return monday(Date.UTC(year, 0, 4)) + (week - 1) * 7 * DAY
}
