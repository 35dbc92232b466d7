;; strings
[(string_literal) (raw_string_literal)] @string

;; comments
[(line_comment) (block_comment)] @comment

;; calls
(call_expression
  function: [
    (identifier) @name
    (scoped_identifier path: (_) @receiver name: (identifier) @name)
    (field_expression value: (_) @receiver field: (field_identifier) @name)
    (generic_function function: (identifier) @name)
    (generic_function function: (scoped_identifier path: (_) @receiver name: (identifier) @name))
    (generic_function function: (field_expression value: (_) @receiver field: (field_identifier) @name))
  ]
  arguments: (arguments) @arguments) @call
; What a macro is given is not parsed.
(token_tree (identifier) @name . (token_tree) @arguments)
(token_tree (identifier) @receiver . "::" . (identifier) @name . (token_tree) @arguments)

;; macros
(macro_invocation
  macro: [(identifier) @name (scoped_identifier name: (identifier) @name)]
  (token_tree) @arguments)
(token_tree (identifier) @name . "!" . (token_tree) @arguments)

;; bindings
(let_declaration pattern: (identifier) @name value: (_) @value)
(const_item name: (identifier) @name value: (_) @value)
(static_item name: (identifier) @name value: (_) @value)
(assignment_expression left: (_) @name right: (_) @value)

;; attributes
(attribute . [(identifier) (scoped_identifier)] @name .)
(attribute [(identifier) (scoped_identifier)] @name arguments: (token_tree) @arguments)
(attribute [(identifier) (scoped_identifier)] @name value: (_) @argument)

;; numbers
(integer_literal) @number

;; initializers
(field_initializer field: (field_identifier) @name value: (_) @value)

;; fields
(field_declaration name: (field_identifier) @name type: (_) @type) @field

;; pairs
; A number behind something else: a host and a port, a key and its value.
(arguments (_) @first . (integer_literal) @number)
(tuple_expression (_) @first . (integer_literal) @number)
(token_tree (string_literal) @first . (integer_literal) @number)

;; constants
; A function that returns one number.
(function_item name: (identifier) @name body: (block . (integer_literal) @value .))

;; types
[(struct_item name: (type_identifier) @name) (enum_item name: (type_identifier) @name)] @type

;; variants
(enum_variant name: (identifier) @name)
