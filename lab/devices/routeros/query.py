"""The query language of the RouterOS API: `?` words push on a stack, `?#` words combine."""


def matches(row, words):
    """Does the row (dict of str) satisfy the query words (with their leading `?`)? Values left on
    the stack are anded.
    """
    stack = []

    def pop():
        return stack.pop() if stack else True

    for word in words:
        word = word[1:]
        if word.startswith("#"):
            _operate(word[1:], stack, pop)
        elif word.startswith("-"):
            stack.append(word[1:] not in row)
        elif word[:1] in ("<", ">", "=") and "=" in word[1:]:
            key, value = word[1:].split("=", 1)
            stack.append(_compare(word[0], row.get(key), normal(value)))
        elif "=" in word:
            key, value = word.split("=", 1)
            stack.append(row.get(key) == normal(value))
        else:
            stack.append(word in row)
    return all(stack)


def normal(value):
    """RouterOS takes yes/no and says true/false."""
    return {"yes": "true", "no": "false"}.get(value, value)


def _compare(operator, left, right):
    if left is None:
        return False
    if operator == "=":
        return left == right
    return _number(left) < _number(right) if operator == "<" else _number(left) > _number(right)


def _number(text):
    try:
        return 0, int(text), ""
    except ValueError:
        return 1, 0, text


def _operate(operators, stack, pop):
    i = 0
    while i < len(operators):
        operator = operators[i]
        i += 1
        if operator.isdigit():
            start = i - 1
            while i < len(operators) and operators[i].isdigit():
                i += 1
            index = int(operators[start:i])
            value = stack[-1 - index] if index < len(stack) else True
            if i == len(operators):
                stack[:] = [value]
            else:
                stack.append(value)
                i += operators[i] == "."
        elif operator == "!":
            stack.append(not pop())
        elif operator in "&|":
            a, b = pop(), pop()
            stack.append((a and b) if operator == "&" else (a or b))
        elif operator == ".":
            stack.append(stack[-1] if stack else True)
