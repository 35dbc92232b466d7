;; strings
[(interpreted_string_literal) (raw_string_literal)] @string

;; calls
(call_expression
  function: [
    (identifier) @name
    (selector_expression operand: (_) @receiver field: (field_identifier) @name)
  ]
  arguments: (argument_list) @arguments) @call

;; bindings
(short_var_declaration
  left: (expression_list . (_) @name .)
  right: (expression_list . (_) @value .))
(assignment_statement
  left: (expression_list . (_) @name .)
  operator: "="
  right: (expression_list . (_) @value .))
(const_spec . name: (identifier) @name value: (expression_list . (_) @value .))
(var_spec . name: (identifier) @name value: (expression_list . (_) @value .))
(keyed_element key: (_) @name value: (_) @value)

;; imports
(import_spec path: (_) @path)

;; package
(package_clause (package_identifier) @name)

;; functions
; At the top level, without parameters.
(source_file (function_declaration name: (identifier) @name parameters: (parameter_list . "(" . ")")))

;; comments
(comment) @comment

;; numbers
(int_literal) @number

;; literals
; One match for the whole, and one for each of its elements with a name.
(composite_literal type: (qualified_type) @type body: (literal_value) @body)
(composite_literal
  type: (qualified_type) @type
  body: (literal_value (keyed_element key: (_) @key value: (_) @value)) @body)
(composite_literal
  type: (slice_type element: [(qualified_type) @type (pointer_type (qualified_type) @type)])
  body: (literal_value
    (literal_element (literal_value (keyed_element key: (_) @key value: (_) @value)) @body)))

;; checks
(if_statement consequence: (block) @block)
