// Of a package in CommonJS that is imported only when it is needed, the bundle has no named exports: it has those of this module.
export { parse, YAMLParseError } from 'yaml';
