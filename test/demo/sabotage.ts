import type { Flow } from './flows.ts';
import type { Sabotage } from './options.ts';

/** Spoils one row (two for `swapped`) of a copy behind the product's back: the comparison has to notice. */
export const spoil = async (flow: Flow, sabotage: Sabotage): Promise<string> => {
  const table = flow.targetTable('customers');
  const [first, second] = await flow.target.rows(`SELECT id, email FROM ${table} ORDER BY id LIMIT 2`);
  if (first === undefined || second === undefined) throw new Error(`${table} has too few rows to spoil.`);
  const [a, b] = [String(first['id']), String(second['id'])];
  if (sabotage === 'lost') await flow.target.run(`DELETE FROM ${table} WHERE id = ${a}`);
  if (sabotage === 'changed') await flow.target.run(`UPDATE ${table} SET email = 'spoiled@example.org' WHERE id = ${a}`);
  if (sabotage === 'swapped') {
    await flow.target.run(`UPDATE ${table} SET email = '${String(second['email'])}' WHERE id = ${a}`);
    await flow.target.run(`UPDATE ${table} SET email = '${String(first['email'])}' WHERE id = ${b}`);
  }
  return `${sabotage}: customer ${a}${sabotage === 'swapped' ? ` and ${b}` : ''} of ${table}`;
};
