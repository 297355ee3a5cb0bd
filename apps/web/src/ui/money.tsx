/** A decimal string in USD as people read it: `$1.85`, `$0.0042`; never more than four decimals, never a float sum. */
export function usd(amount: string): string {
  const [whole = '0', fraction = ''] = amount.split('.')
  const significant = fraction.replace(/0+$/, '')
  if (significant.length <= 2) return `$${whole}.${significant.padEnd(2, '0')}`
  if (whole !== '0' || Number(`0.${significant}`) >= 0.01) return `$${Number(amount).toFixed(2)}`
  return Number(amount) < 0.0001 ? '<$0.0001' : `$${Number(amount).toFixed(4)}`
}

export function Money({ amount, estimated = false }: { amount: string; estimated?: boolean }) {
  return (
    <span className="tabular-nums" title={`${amount} USD${estimated ? ', partly estimated' : ''}`}>
      {estimated ? '≈ ' : ''}
      {usd(amount)}
    </span>
  )
}
