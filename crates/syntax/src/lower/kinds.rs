//! The grammar's node kinds as one byte, looked up by number.

use std::sync::LazyLock;

use tree_sitter::{Language, Node};

macro_rules! kinds {
    (named { $($named:ident = $named_name:literal,)+ } tokens { $($token:ident = $token_name:literal,)+ }) => {
        /// What a node is: named nodes first, then the tokens that decide something.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(super) enum Kind {
            $($named,)+
            $($token,)+
            /// A named node that the lowering does not ask for by kind.
            OtherNode,
            /// Punctuation.
            OtherToken,
            /// What tree-sitter could not read.
            Error,
        }

        const NAMED: &[(&str, Kind)] = &[$(($named_name, Kind::$named),)+];
        const TOKENS: &[(&str, Kind)] = &[$(($token_name, Kind::$token),)+];

        impl Kind {
            /// Whether this is a token rather than a node with a meaning of its own.
            pub(super) fn is_token(self) -> bool {
                matches!(self, $(Kind::$token)|+ | Kind::OtherToken)
            }
        }
    };
}

kinds! {
    named {
        AliasedImport = "aliased_import",
        ArgumentList = "argument_list",
        AsPattern = "as_pattern",
        AsPatternTarget = "as_pattern_target",
        AssertStatement = "assert_statement",
        Assignment = "assignment",
        Attribute = "attribute",
        AugmentedAssignment = "augmented_assignment",
        Await = "await",
        BinaryOperator = "binary_operator",
        Block = "block",
        BooleanOperator = "boolean_operator",
        BreakStatement = "break_statement",
        Call = "call",
        CaseClause = "case_clause",
        CasePattern = "case_pattern",
        ClassDefinition = "class_definition",
        ClassPattern = "class_pattern",
        Comment = "comment",
        ComparisonOperator = "comparison_operator",
        ComplexPattern = "complex_pattern",
        ConcatenatedString = "concatenated_string",
        ConditionalExpression = "conditional_expression",
        ConstrainedType = "constrained_type",
        ContinueStatement = "continue_statement",
        DecoratedDefinition = "decorated_definition",
        Decorator = "decorator",
        DefaultParameter = "default_parameter",
        DeleteStatement = "delete_statement",
        DictPattern = "dict_pattern",
        Dictionary = "dictionary",
        DictionaryComprehension = "dictionary_comprehension",
        DictionarySplat = "dictionary_splat",
        DictionarySplatPattern = "dictionary_splat_pattern",
        DottedName = "dotted_name",
        ElifClause = "elif_clause",
        Ellipsis = "ellipsis",
        ElseClause = "else_clause",
        ExceptClause = "except_clause",
        ExecStatement = "exec_statement",
        ExpressionList = "expression_list",
        ExpressionStatement = "expression_statement",
        False = "false",
        FinallyClause = "finally_clause",
        Float = "float",
        ForInClause = "for_in_clause",
        ForStatement = "for_statement",
        FormatExpression = "format_expression",
        FormatSpecifier = "format_specifier",
        FunctionDefinition = "function_definition",
        FutureImportStatement = "future_import_statement",
        GeneratorExpression = "generator_expression",
        GenericType = "generic_type",
        GlobalStatement = "global_statement",
        Identifier = "identifier",
        IfClause = "if_clause",
        IfStatement = "if_statement",
        ImportFromStatement = "import_from_statement",
        ImportPrefix = "import_prefix",
        ImportStatement = "import_statement",
        Integer = "integer",
        Interpolation = "interpolation",
        KeywordArgument = "keyword_argument",
        KeywordPattern = "keyword_pattern",
        KeywordSeparator = "keyword_separator",
        Lambda = "lambda",
        LambdaParameters = "lambda_parameters",
        LineContinuation = "line_continuation",
        ListDisplay = "list",
        ListComprehension = "list_comprehension",
        ListPattern = "list_pattern",
        ListSplat = "list_splat",
        ListSplatPattern = "list_splat_pattern",
        MatchStatement = "match_statement",
        MemberType = "member_type",
        NamedExpression = "named_expression",
        None = "none",
        NonlocalStatement = "nonlocal_statement",
        NotOperator = "not_operator",
        Pair = "pair",
        Parameters = "parameters",
        ParenthesizedExpression = "parenthesized_expression",
        PassStatement = "pass_statement",
        PatternList = "pattern_list",
        PositionalSeparator = "positional_separator",
        PrintStatement = "print_statement",
        RaiseStatement = "raise_statement",
        RelativeImport = "relative_import",
        ReturnStatement = "return_statement",
        SetDisplay = "set",
        SetComprehension = "set_comprehension",
        Slice = "slice",
        SplatPattern = "splat_pattern",
        SplatType = "splat_type",
        String = "string",
        StringContent = "string_content",
        StringEnd = "string_end",
        StringStart = "string_start",
        Subscript = "subscript",
        True = "true",
        TryStatement = "try_statement",
        TupleDisplay = "tuple",
        TuplePattern = "tuple_pattern",
        Type = "type",
        TypeAliasStatement = "type_alias_statement",
        TypeConversion = "type_conversion",
        TypeParameter = "type_parameter",
        TypedDefaultParameter = "typed_default_parameter",
        TypedParameter = "typed_parameter",
        UnaryOperator = "unary_operator",
        UnionPattern = "union_pattern",
        UnionType = "union_type",
        WhileStatement = "while_statement",
        WildcardImport = "wildcard_import",
        WithClause = "with_clause",
        WithItem = "with_item",
        WithStatement = "with_statement",
        Yield = "yield",
    }
    tokens {
        TokenAs = "as",
        TokenAsync = "async",
        TokenColon = ":",
        TokenComma = ",",
        TokenEqual = "=",
        TokenFrom = "from",
        TokenStar = "*",
        TokenStarStar = "**",
        TokenMinus = "-",
        TokenPlus = "+",
        TokenTilde = "~",
        TokenSlash = "/",
        TokenSlashSlash = "//",
        TokenPercent = "%",
        TokenAt = "@",
        TokenPipe = "|",
        TokenAmpersand = "&",
        TokenCaret = "^",
        TokenShiftLeft = "<<",
        TokenShiftRight = ">>",
        TokenAnd = "and",
        TokenOr = "or",
        TokenLess = "<",
        TokenLessEqual = "<=",
        TokenEqualEqual = "==",
        TokenNotEqual = "!=",
        TokenDiamond = "<>",
        TokenGreaterEqual = ">=",
        TokenGreater = ">",
        TokenIn = "in",
        TokenNotIn = "not in",
        TokenIs = "is",
        TokenIsNot = "is not",
        TokenAddAssign = "+=",
        TokenSubAssign = "-=",
        TokenMultAssign = "*=",
        TokenDivAssign = "/=",
        TokenMatMultAssign = "@=",
        TokenFloorDivAssign = "//=",
        TokenModAssign = "%=",
        TokenPowAssign = "**=",
        TokenShiftRightAssign = ">>=",
        TokenShiftLeftAssign = "<<=",
        TokenAndAssign = "&=",
        TokenXorAssign = "^=",
        TokenOrAssign = "|=",
        TokenUnderscore = "_",
    }
}

static TABLE: LazyLock<Vec<Kind>> = LazyLock::new(|| {
    let language: Language = tree_sitter_python::LANGUAGE.into();
    let count = u16::try_from(language.node_kind_count()).unwrap_or(u16::MAX);
    (0..count).map(|id| classify(&language, id)).collect()
});

fn classify(language: &Language, id: u16) -> Kind {
    let name = language.node_kind_for_id(id).unwrap_or_default();
    let (list, other) =
        if language.node_kind_is_named(id) { (NAMED, Kind::OtherNode) } else { (TOKENS, Kind::OtherToken) };
    list.iter().find(|(known, _)| *known == name).map_or(other, |&(_, kind)| kind)
}

impl Kind {
    /// Whether this is a whole statement.
    pub(super) fn is_statement(self) -> bool {
        matches!(
            self,
            Self::AssertStatement
                | Self::BreakStatement
                | Self::ClassDefinition
                | Self::ContinueStatement
                | Self::DecoratedDefinition
                | Self::DeleteStatement
                | Self::ExecStatement
                | Self::ExpressionStatement
                | Self::ForStatement
                | Self::FunctionDefinition
                | Self::FutureImportStatement
                | Self::GlobalStatement
                | Self::IfStatement
                | Self::ImportFromStatement
                | Self::ImportStatement
                | Self::MatchStatement
                | Self::NonlocalStatement
                | Self::PassStatement
                | Self::PrintStatement
                | Self::RaiseStatement
                | Self::ReturnStatement
                | Self::TryStatement
                | Self::TypeAliasStatement
                | Self::WhileStatement
                | Self::WithStatement
        )
    }

    /// Whether this holds statements without being one; outside a statement it is a piece of a broken one.
    pub(super) fn is_clause(self) -> bool {
        matches!(
            self,
            Self::Block
                | Self::CaseClause
                | Self::ElifClause
                | Self::ElseClause
                | Self::ExceptClause
                | Self::FinallyClause
        )
    }

    /// The kind of `node`.
    pub(super) fn of(node: Node<'_>) -> Self {
        // tree-sitter numbers errors outside the table.
        TABLE.get(usize::from(node.kind_id())).copied().unwrap_or(Self::Error)
    }
}
