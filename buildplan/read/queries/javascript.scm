;; calls
(call_expression
  function: [
    (identifier) @name
    (member_expression object: (_) @receiver property: (property_identifier) @name)
  ]
  arguments: (arguments) @arguments) @call
(new_expression
  constructor: [
    (identifier) @name
    (member_expression object: (_) @receiver property: (property_identifier) @name)
  ]
  arguments: (arguments) @arguments) @call

;; imports
(import_statement source: (string) @path) @statement
(export_statement source: (string) @path) @statement
(call_expression function: (import) arguments: (arguments . (string) @path))
(call_expression function: (identifier) @function arguments: (arguments . (string) @path))

;; declarations
(variable_declarator name: (identifier) @name value: (_) @value)
(function_declaration name: (identifier) @name) @value

;; exports
(export_statement "default" value: (_) @value) @default
(export_statement "default" declaration: (_) @value) @default
(export_statement (export_clause (export_specifier name: (identifier) @value alias: (_) @alias)))
(assignment_expression left: [(identifier) (member_expression)] @target right: (_) @value)
