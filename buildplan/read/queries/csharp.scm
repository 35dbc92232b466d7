;; strings
[(string_literal) (verbatim_string_literal) (raw_string_literal) (interpolated_string_expression)] @string

;; comments
(comment) @comment

;; calls
(invocation_expression
  function: [
    (identifier) @name
    (member_access_expression expression: (_) @receiver name: (identifier) @name)
  ]
  arguments: (argument_list) @arguments) @call

;; elements
; `configuration["PORT"]`
(element_access_expression expression: (_) @of subscript: (bracketed_argument_list . (argument) @key .))

;; branches
(if_statement condition: (_) @condition consequence: (_) @body)
