/** Colours, by meaning. Without colour nothing is loaded and text stays as it is. */

export interface Style {
  bold(text: string): string;
  dim(text: string): string;
  error(text: string): string;
  warning(text: string): string;
  success(text: string): string;
}

const asIs = (text: string): string => text;
const PLAIN: Style = { bold: asIs, dim: asIs, error: asIs, warning: asIs, success: asIs };

/** @param color the answer of useColor(): chalk itself does not look at NO_COLOR, nor at the stream that is written to */
export async function loadStyle(color: boolean): Promise<Style> {
  if (!color) return PLAIN;
  const { Chalk } = await import('chalk');
  const chalk = new Chalk({ level: 1 });
  return { bold: chalk.bold, dim: chalk.dim, error: chalk.red.bold, warning: chalk.yellow, success: chalk.green };
}
